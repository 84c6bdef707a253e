"""The discrete cosine transform of 8 x 8 blocks, as a matrix product."""

import numpy as np
import tensorflow as tf

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


def block_dct(planes):
    """Transforms each 8 x 8 block of each plane (JPEG's forward DCT, ITU-T T.81, A.3.3).

    Args:
        planes: float32 tensor `(batch, height, width)`, sides multiples of 8.

    Returns:
        float32 tensor `(batch, blocks, 64)`, blocks and coefficients row by row.

    Example:

    >>> block_dct(tf.ones((1, 16, 8))).shape
    TensorShape([1, 2, 64])
    """
    batch, height, width = _sizes(planes)
    blocks = tf.reshape(planes, [batch, height // BLOCK, BLOCK, width // BLOCK, BLOCK])
    blocks = tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4]), [-1, BLOCK * BLOCK])
    coefficients = tf.matmul(blocks, _MATRIX, transpose_b=True)
    return tf.reshape(coefficients, [batch, (height // BLOCK) * (width // BLOCK), BLOCK * BLOCK])


def inverse_block_dct(coefficients, height, width):
    """Undoes `block_dct`.

    Args:
        coefficients: What `block_dct` returned.
        height: Height of the planes, a multiple of 8.
        width: Width of the planes, a multiple of 8.

    Returns:
        float32 tensor `(batch, height, width)`.

    Example:

    >>> planes = inverse_block_dct(block_dct(planes), 16, 8)
    """
    blocks = tf.matmul(tf.reshape(coefficients, [-1, BLOCK * BLOCK]), _MATRIX)
    blocks = tf.reshape(blocks, [-1, height // BLOCK, width // BLOCK, BLOCK, BLOCK])
    return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4]), [-1, height, width])


def _sizes(tensor):
    shape = tf.shape(tensor)
    return tuple(shape[i] if n is None else n for i, n in enumerate(tensor.shape))


_MATRIX = np.kron(dct_matrix(), dct_matrix()).astype(np.float32)
