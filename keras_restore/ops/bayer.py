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


def bayer_mosaic(images):
    """Keeps of each pixel the colour that the sensor measures there (Bayer's pattern, RGGB).

    Args:
        images: float32 tensor `(batch, height, width, 3)`.

    Returns:
        float32 tensor `(batch, height, width, 1)`.

    Example:

    >>> tuple(bayer_mosaic(tf.ones((1, 4, 6, 3))).shape)
    (1, 4, 6, 1)
    """
    _, height, width, _ = known_shape(images)
    red, green, blue = tf.split(images, 3, axis=-1)
    odd_row, odd_column = _odd(height)[:, None, None], _odd(width)[:, None]
    return tf.where(odd_row, tf.where(odd_column, blue, green), tf.where(odd_column, green, red))


def demosaic(mosaic, method="malvar"):
    """Fills in the two colours that each pixel of a Bayer mosaic (RGGB) lacks.

    "bilinear" takes the mean of the nearest sites of the colour; "malvar" adds to it the Laplacian
    of the colour that is known (Malvar, He and Cutler, "High-quality linear interpolation for
    demosaicing of Bayer-patterned color images", ICASSP 2004). Beyond the border the sensor is
    mirrored about its outermost pixels, so that the colours stay in their places.

    Args:
        mosaic: float32 tensor `(batch, height, width, 1)`.
        method: "bilinear" or "malvar".

    Returns:
        float32 tensor `(batch, height, width, 3)`.

    Raises:
        ValueError: If `method` is unknown.

    Example:

    >>> tuple(demosaic(tf.ones((1, 4, 6, 1))).shape)
    (1, 4, 6, 3)
    """
    _, height, width, _ = known_shape(mosaic)
    padded = tf.gather(mosaic, _mirrored(height), axis=1)
    padded = tf.gather(padded, _mirrored(width), axis=2)
    filters = FILTERS[check_method(method)].transpose(1, 2, 0)[:, :, None]
    filled = tf.nn.conv2d(padded, filters, 1, "VALID")
    green, beside, above, diagonal = tf.split(filled, 4, axis=-1)
    odd_row, odd_column = _odd(height)[:, None, None], _odd(width)[:, None]
    red_row = tf.where(odd_column, beside, mosaic), tf.where(odd_column, above, diagonal)
    blue_row = tf.where(odd_column, diagonal, above), tf.where(odd_column, mosaic, beside)
    red, blue = (tf.where(odd_row, *pair) for pair in zip(blue_row, red_row, strict=True))
    green = tf.where(odd_row == odd_column, green, mosaic)
    return tf.concat([red, green, blue], axis=-1)


def check_method(method):
    """Returns `method`, or raises."""
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}. Received: method={method!r}")
    return method


def _odd(length):
    return tf.range(length) % 2 == 1


def _mirrored(length):
    """Where each line comes from, with two more on either side; the outermost is not repeated."""
    index = tf.abs(tf.range(-2, length + 2))
    return tf.clip_by_value((length - 1) - tf.abs((length - 1) - index), 0, length - 1)
