"""Structural similarity."""

import keras
import numpy as np
from keras import ops

from keras_restore.metrics.image_metric import ImageMetric
from keras_restore.metrics.image_pair import image_pair

# Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility to
# Structural Similarity", IEEE TIP 2004, Sec. III-B and III-C.
WINDOW_SIZE = 11
WINDOW_SIGMA = 1.5
K1 = 0.01
K2 = 0.03


def ssim(clean, restored, data_range=1.0, crop_border=0):
    """Computes the structural similarity of each image, at most 1.

    Wang et al. (IEEE TIP 2004): an 11 x 11 Gaussian window of sigma 1.5, K1 = 0.01,
    K2 = 0.03, population statistics, the mean over the places where the whole window is
    inside the image. Colour images have the mean of their channels. It equals scikit-image's
    `structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)`.

    Args:
        clean: Floating-point image `(height, width, channels)`, or a batch of them.
        restored: The same shape.
        data_range: Difference of the largest and the smallest possible value.
        crop_border: Pixels to leave out on each side.

    Returns:
        Tensor of one number per image: shape `(batch,)`, or a scalar for a single image.

    Raises:
        ValueError: If the shapes differ, the values are integers, or the images are smaller
            than the window.

    Example:

    >>> float(ssim(np.ones((16, 16, 1)), np.ones((16, 16, 1))))
    1.0
    """
    single = len(clean.shape) == 3
    clean, restored = image_pair(clean, restored, crop_border)
    if any(size is not None and size < WINDOW_SIZE for size in clean.shape[1:3]):
        raise ValueError(
            f"`clean` must be at least {WINDOW_SIZE} x {WINDOW_SIZE} pixels, the window's size. "
            f"Received: clean.shape={tuple(clean.shape)}"
        )
    mean_x, mean_y = _window_mean(clean), _window_mean(restored)
    variance_x = _window_mean(clean * clean) - mean_x * mean_x
    variance_y = _window_mean(restored * restored) - mean_y * mean_y
    covariance = _window_mean(clean * restored) - mean_x * mean_y

    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    similarity = ((2.0 * mean_x * mean_y + c1) * (2.0 * covariance + c2)) / (
        (mean_x * mean_x + mean_y * mean_y + c1) * (variance_x + variance_y + c2)
    )
    means = ops.mean(similarity, axis=(1, 2, 3))
    return means[0] if single else means


def _window_mean(x):
    """The Gaussian-weighted mean around each pixel that has a whole window."""
    offsets = np.arange(WINDOW_SIZE) - WINDOW_SIZE // 2
    weights = np.exp(-0.5 * np.square(offsets / WINDOW_SIGMA))
    weights = (weights / weights.sum()).tolist()
    last = WINDOW_SIZE - 1
    height, width = ops.shape(x)[1] - last, ops.shape(x)[2] - last
    x = sum(weight * x[:, i : i + height] for i, weight in enumerate(weights))
    return sum(weight * x[:, :, i : i + width] for i, weight in enumerate(weights))


@keras.saving.register_keras_serializable(package="keras_restore")
class SSIM(ImageMetric):
    """`ssim` as a metric of Keras and of protocols.

    Example:

    >>> model.compile("adam", "mse", metrics=[keras_restore.metrics.SSIM()])
    """

    name = "ssim"
    label = "SSIM"
    digits = 4
    compute = staticmethod(ssim)
