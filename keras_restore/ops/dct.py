"""The discrete cosine transform, and the 8 x 8 blocks it works on."""

import numpy as np
import tensorflow as tf

from keras_restore.ops.shape import known_shape

BLOCK = 8


def dct_matrix(size=BLOCK):
    """Builds the orthonormal DCT-II matrix: `matrix @ signal` are the coefficients.

    Args:
        size: Number of samples.

    Returns:
        `(size, size)` float64 array.

    Example:

    >>> bool(np.allclose(dct_matrix(8) @ dct_matrix(8).T, np.eye(8)))
    True
    """
    frequency, sample = np.mgrid[:size, :size]
    matrix = np.cos(np.pi * frequency * (2 * sample + 1) / (2 * size)) * np.sqrt(2 / size)
    matrix[0] = np.sqrt(1 / size)
    return matrix


def to_blocks(planes):
    """Cuts planes into blocks of 8 x 8 pixels.

    Args:
        planes: float32 tensor `(batch, height, width)`, sides multiples of 8.

    Returns:
        float32 tensor `(batch, blocks, 64)`; blocks, and pixels in them, row by row.

    Example:

    >>> to_blocks(tf.ones((1, 16, 8))).shape
    TensorShape([1, 2, 64])
    """
    batch, height, width = known_shape(planes)
    blocks = tf.reshape(planes, [batch, height // BLOCK, BLOCK, width // BLOCK, BLOCK])
    blocks = tf.transpose(blocks, [0, 1, 3, 2, 4])
    return tf.reshape(blocks, [batch, (height // BLOCK) * (width // BLOCK), BLOCK * BLOCK])


def from_blocks(blocks, height, width):
    """Undoes `to_blocks`.

    Args:
        blocks: What `to_blocks` returned.
        height: Height of the planes, a multiple of 8.
        width: Width of the planes, a multiple of 8.

    Returns:
        float32 tensor `(batch, height, width)`.

    Example:

    >>> planes = from_blocks(to_blocks(planes), 16, 8)
    """
    planes = tf.reshape(blocks, [-1, height // BLOCK, width // BLOCK, BLOCK, BLOCK])
    return tf.reshape(tf.transpose(planes, [0, 1, 3, 2, 4]), [-1, height, width])
