"""The colour mosaic of a camera's sensor, and the way back."""

import numpy as np
import tensorflow as tf

from keras_restore.ops.shape import known_shape

METHODS = ("bilinear", "malvar")
# Filters on the mosaic for what a site lacks: green at a red or blue site; a colour whose sites
# lie left and right; one whose sites lie above and below; one whose sites lie diagonally.
BILINEAR = np.zeros((4, 5, 5), np.float32)
BILINEAR[0, 1:4, 1:4] = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / 4
BILINEAR[1, 2, 1:4] = BILINEAR[2, 1:4, 2] = np.array([1, 0, 1]) / 2
BILINEAR[3, 1:4, 1:4] = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]]) / 4
# Malvar, He and Cutler, ICASSP 2004, Fig. 2: the same with the Laplacian of the site's own colour.
MALVAR = np.zeros((4, 5, 5), np.float32)
MALVAR[0, 2] = MALVAR[0, :, 2] = [-1, 2, 4, 2, -1]
MALVAR[1, 2] = [-1, 4, 5, 4, -1]
MALVAR[1, :, 2] += [0.5, 0, 0, 0, 0.5]
MALVAR[1, 1:4:2, 1:4:2] = -1
MALVAR[2] = MALVAR[1].T
MALVAR[3, 2] = MALVAR[3, :, 2] = [-1.5, 0, 6, 0, -1.5]
MALVAR[3, 1:4:2, 1:4:2] = 2
FILTERS = {"bilinear": BILINEAR, "malvar": MALVAR / 8}


def bayer_mosaic(colors):
    """Keeps of each pixel the colour that the sensor measures there (Bayer's pattern, RGGB).

    Args:
        colors: Red, green and blue, float32 tensors `(batch, height, width)`: apart, they are
            many times as fast as in the last axis of one tensor.

    Returns:
        float32 tensor `(batch, height, width)`.

    Example:

    >>> tuple(bayer_mosaic([tf.ones((1, 4, 6))] * 3).shape)
    (1, 4, 6)
    """
    red, green, blue = colors
    odd_row, odd_column = _odd_sites(green)
    return tf.where(odd_row, tf.where(odd_column, blue, green), tf.where(odd_column, green, red))


def demosaic(mosaic, method="malvar"):
    """Fills in the two colours that each pixel of a Bayer mosaic (RGGB) lacks.

    "bilinear" takes the mean of the nearest sites of the colour; "malvar" adds to it the Laplacian
    of the colour that is known (Malvar, He and Cutler, "High-quality linear interpolation for
    demosaicing of Bayer-patterned color images", ICASSP 2004). Beyond the border the sensor is
    mirrored about its outermost pixels, so that the colours stay in their places.

    Args:
        mosaic: float32 tensor `(batch, height, width)`.
        method: "bilinear" or "malvar".

    Returns:
        Red, green and blue, float32 tensors `(batch, height, width)`.

    Raises:
        ValueError: If `method` is unknown.

    Example:

    >>> [tuple(color.shape) for color in demosaic(tf.ones((1, 4, 6)))]
    [(1, 4, 6), (1, 4, 6), (1, 4, 6)]
    """
    filters = FILTERS[check_method(method)].transpose(1, 2, 0)[:, :, None]
    filled = tf.nn.conv2d(_mirrored(mosaic)[..., None], filters, 1, "VALID")
    green, beside, above, diagonal = tf.unstack(filled, axis=-1)
    odd_row, odd_column = _odd_sites(mosaic)
    red_row = tf.where(odd_column, beside, mosaic), tf.where(odd_column, above, diagonal)
    blue_row = tf.where(odd_column, diagonal, above), tf.where(odd_column, mosaic, beside)
    red, blue = (tf.where(odd_row, *pair) for pair in zip(blue_row, red_row, strict=True))
    return [red, tf.where(odd_row == odd_column, green, mosaic), blue]


def check_method(method):
    """Returns `method`, or raises."""
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}. Received: method={method!r}")
    return method


def _odd_sites(mosaic):
    _, height, width = known_shape(mosaic)
    return (tf.range(height) % 2 == 1)[:, None], tf.range(width) % 2 == 1


def _mirrored(mosaic):
    """Adds two lines on every side; the outermost is not repeated."""
    for axis in (1, 2):
        last = known_shape(mosaic)[axis] - 1
        before = tf.maximum(last - tf.abs(last - tf.constant([2, 1])), 0)
        after = tf.maximum(last - tf.constant([1, 2]), 0)
        above, below = (tf.gather(mosaic, lines, axis=axis) for lines in (before, after))
        mosaic = tf.concat([above, mosaic, below], axis=axis)
    return mosaic
