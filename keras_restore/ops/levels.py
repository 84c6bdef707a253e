"""Integer grey levels at the edges, floats in [0, 1] inside."""

import numpy as np


def to_float(pixels):
    """Scales integer pixels to float32 in [0, 1]; floats pass as float32.

    Args:
        pixels: uint8, uint16 or float array.

    Returns:
        float32 array of the same shape.

    Example:

    >>> image = to_float(read_image("photo.jpg"))
    """
    pixels = np.asarray(pixels)
    if np.issubdtype(pixels.dtype, np.integer):
        return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    return pixels.astype(np.float32)


def from_float(values, dtype):
    """Undoes `to_float`: clips and rounds for an integer type.

    Args:
        values: float array.
        dtype: uint8, uint16, or a float type, for which values pass as they are.

    Returns:
        Array of the same shape and that type.

    Example:

    >>> pixels = from_float(restored, np.uint8)
    """
    if np.issubdtype(dtype, np.integer):
        values = np.rint(np.clip(values, 0.0, 1.0) * np.float32(np.iinfo(dtype).max))
    return np.asarray(values).astype(dtype)
