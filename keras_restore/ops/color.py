"""BT.601 colour conversions, as MATLAB's `rgb2ycbcr` and `ycbcr2rgb`.

Plain arithmetic, so they take NumPy arrays and the tensors of any backend and return the same
kind; no matrix product, which a GPU would compute in reduced precision (TF32).
"""

import numpy as np

# ITU-R BT.601, studio swing in grey levels of 255: the rows are Y, Cb and Cr.
YCBCR_FROM_RGB = np.array(
    [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]
)
YCBCR_OFFSET = np.array([16.0, 128.0, 128.0])


def rgb_to_ycbcr(images):
    """Converts RGB to YCbCr: Y in [16, 235] / 255, Cb and Cr in [16, 240] / 255.

    Equal to MATLAB's `rgb2ycbcr` on floating-point images: no rounding.

    Args:
        images: Floating-point array or tensor in [0, 1], `(..., 3)`.

    Returns:
        The same shape, type and kind.

    Raises:
        ValueError: If the last axis is not 3.

    Example:

    >>> rgb_to_ycbcr(np.ones((1, 1, 3))) * 255
    array([[[235., 128., 128.]]])
    """
    return _affine(images, YCBCR_FROM_RGB / 255.0, YCBCR_OFFSET / 255.0)


def ycbcr_to_rgb(images):
    """Converts YCbCr to RGB, the inverse of `rgb_to_ycbcr`; nothing is clipped.

    Args:
        images: Floating-point array or tensor, `(..., 3)`.

    Returns:
        The same shape, type and kind.

    Raises:
        ValueError: If the last axis is not 3.

    Example:

    >>> rgb = ycbcr_to_rgb(rgb_to_ycbcr(rgb))
    """
    inverse = np.linalg.inv(YCBCR_FROM_RGB)
    return _affine(images, inverse * 255.0, -inverse @ YCBCR_OFFSET)


def rgb_to_luma(images):
    """Computes the luma (Y) of RGB images, as the super-resolution papers measure it.

    Args:
        images: Floating-point array or tensor in [0, 1], `(..., 3)`.

    Returns:
        The same type and kind, `(..., 1)`, in [16, 235] / 255.

    Raises:
        ValueError: If the last axis is not 3.

    Example:

    >>> rgb_to_luma(np.zeros((4, 4, 3))).shape
    (4, 4, 1)
    """
    return _affine(images, YCBCR_FROM_RGB[:1] / 255.0, YCBCR_OFFSET[:1] / 255.0)


def rounded_luma(rgb):
    """Computes the luma rounded to 8 bits, as MATLAB's `rgb2ycbcr` does for 8-bit images.

    Args:
        rgb: float array in [0, 1], `(height, width, 3)`.

    Returns:
        Array of the same type, `(height, width, 1)`.

    Example:

    >>> float(rounded_luma(np.ones((1, 1, 3)))[0, 0, 0] * 255)
    235.0
    """
    return (np.rint(rgb_to_luma(rgb.astype(np.float64)) * 255.0) / 255.0).astype(rgb.dtype)


def _affine(images, matrix, offset):
    if images.shape[-1] != 3:
        raise ValueError(f"`images` must have 3 channels. Received: shape={tuple(images.shape)}")
    dtype = getattr(images.dtype, "name", images.dtype)
    if "float" not in dtype:
        raise ValueError(f"`images` must be floating-point. Received: dtype={dtype}")
    columns = matrix.T.astype(dtype)
    red, green, blue = images[..., 0:1], images[..., 1:2], images[..., 2:3]
    return red * columns[0] + green * columns[1] + blue * columns[2] + offset.astype(dtype)
