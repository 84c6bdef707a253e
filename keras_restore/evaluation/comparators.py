"""Restorations without a network, to compare with."""

import numpy as np


def non_local_means(sigma):
    """scikit-image's fast non-local means, with its documentation's settings for known noise.

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        Function from a float32 batch of images to the restored batch.

    Example:

    >>> restored = non_local_means(25)(degraded)
    """
    from skimage.restoration import denoise_nl_means

    level = sigma / 255.0
    return _one_by_one(
        lambda image: denoise_nl_means(
            image,
            h=0.6 * level,
            sigma=level,
            patch_size=5,
            patch_distance=6,
            fast_mode=True,
            channel_axis=-1,
        )
    )


def total_variation(sigma):
    """scikit-image's total variation (Chambolle), with a weight of the noise's deviation.

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        Function from a float32 batch of images to the restored batch.

    Example:

    >>> restored = total_variation(25)(degraded)
    """
    from skimage.restoration import denoise_tv_chambolle

    return _one_by_one(
        lambda image: denoise_tv_chambolle(image, weight=sigma / 255.0, channel_axis=-1)
    )


def wavelet(sigma):
    """scikit-image's wavelet shrinkage (BayesShrink, soft). It needs PyWavelets.

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        Function from a float32 batch of images to the restored batch.

    Raises:
        ImportError: If PyWavelets is not installed.

    Example:

    >>> restored = wavelet(25)(degraded)
    """
    try:
        import pywt  # noqa: F401
    except ImportError as error:
        raise ImportError("The wavelet comparator needs `pip install PyWavelets`.") from error
    from skimage.restoration import denoise_wavelet

    return _one_by_one(
        lambda image: denoise_wavelet(
            image, sigma=sigma / 255.0, method="BayesShrink", mode="soft", channel_axis=-1
        )
    )


def bm3d(sigma):
    """BM3D by its authors' package, which the user installs; its licence is non-commercial.

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        Function from a float32 batch of images to the restored batch.

    Raises:
        ImportError: If `bm3d` is not installed.

    Example:

    >>> restored = bm3d(25)(degraded)
    """
    try:
        import bm3d as package
    except ImportError as error:
        raise ImportError(
            "The bm3d comparator needs `pip install bm3d` (for non-commercial use only)."
        ) from error

    def restore(image):
        run = package.bm3d if image.shape[-1] == 1 else package.bm3d_rgb
        return run(image, sigma / 255.0)

    return _one_by_one(restore)


# What the command line calls them.
COMPARATORS = {"nlm": non_local_means, "tv": total_variation, "wavelet": wavelet, "bm3d": bm3d}


def _one_by_one(restore):
    def restore_batch(batch):
        return np.stack(
            [np.asarray(restore(image), np.float32).reshape(image.shape) for image in batch]
        )

    return restore_batch
