"""What a network sees where a picture is transparent."""

import numpy as np


def fill_transparent(pixels, alpha):
    """Replaces the colours under fully transparent pixels by those around them.

    Such colours are arbitrary (often black) and would bleed into visible pixels through the
    network. Means over blocks of 2, 4, 8, ... pixels that hold visible ones fill the holes,
    from the smallest block that has any.

    Args:
        pixels: `(height, width, channels)`, any type.
        alpha: `(height, width, 1)`, 0 where transparent.

    Returns:
        A new array like `pixels`; `pixels` itself if nothing is transparent, or all is.

    Example:

    >>> filled = fill_transparent(rgba[..., :3], rgba[..., 3:])
    """
    visible = alpha > 0
    if visible.all() or not visible.any():
        return pixels
    return np.where(visible, pixels, _fill(pixels, visible.astype(np.float32))).astype(pixels.dtype)


def _fill(pixels, weights):
    height, width = weights.shape[:2]
    if height == width == 1:
        return pixels
    padding = ((0, height % 2), (0, width % 2), (0, 0))
    values = np.pad(pixels * weights, padding)
    weights = np.pad(weights, padding)
    sums = _sum_blocks(values)
    counts = _sum_blocks(weights)
    means = sums / np.maximum(counts, 1)
    filled = counts > 0
    if not filled.all():
        means = np.where(filled, means, _fill(means, filled.astype(np.float32)))
    large = means.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.rint(large) if np.issubdtype(pixels.dtype, np.integer) else large


def _sum_blocks(values):
    values = values[0::2] + values[1::2]
    return values[:, 0::2] + values[:, 1::2]
