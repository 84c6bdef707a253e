"""Settings that are a number or a range: their checks and their draws."""

import numpy as np
import tensorflow as tf

from keras_restore.ops.convolution import BORDERS


def check_range(name, value, low=-np.inf, high=np.inf):
    """Returns a setting as an ordered pair of floats within `[low, high]`, or raises."""
    pair = value if isinstance(value, (tuple, list)) else (value, value)
    ok = len(pair) == 2 and all(
        isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in pair
    )
    if not ok or not low <= pair[0] <= pair[1] <= high:
        raise ValueError(
            f"`{name}` must be a number, or a pair (from, to), within [{low:g}, {high:g}]. "
            f"Received: {name}={value!r}"
        )
    return float(pair[0]), float(pair[1])


def check_count(name, value, low=0, high=np.inf):
    """Returns a setting as an ordered pair of integers within `[low, high]`, or raises."""
    pair = check_range(name, value, low, high)
    if any(n != int(n) for n in pair):
        raise ValueError(
            f"`{name}` must be an integer or a pair of them. Received: {name}={value!r}"
        )
    return int(pair[0]), int(pair[1])


def check_border(border):
    """Returns `border`, or raises."""
    if border not in BORDERS:
        raise ValueError(f"`border` must be one of {BORDERS}. Received: border={border!r}")
    return border


def check_rgb(images):
    """Raises a `ValueError` if the images are not of three channels."""
    if images.shape[3] != 3:
        raise ValueError(
            "`clean` must be of shape (batch, height, width, 3), RGB. "
            f"Received: shape={tuple(images.shape)}"
        )


def draw_uniform(pair, count, seed):
    """Draws `count` float32 values from the range `pair`; a range of one value needs no draw."""
    if pair[0] == pair[1]:
        return tf.fill([count], tf.constant(pair[0], tf.float32))
    return tf.random.stateless_uniform([count], seed, pair[0], pair[1])


def draw_count(pair, batch, seed):
    """Draws one integer per image, both ends of the range included."""
    if pair[0] == pair[1]:
        return tf.fill([batch], pair[0])
    return tf.random.stateless_uniform([batch], seed, pair[0], pair[1] + 1, tf.int32)


def draw_normal(shape, seed, stddev=None):
    """Draws standard normal images, three times as fast as `tf.random.stateless_normal` on a CPU.

    Box and Muller (1958): a pair of normals is a radius and an angle, and one 32-bit word gives
    both, the radius from 20 bits (so that none exceeds 5.4) and the angle from 32, of which the
    highest 12 are independent of the radius.

    Args:
        shape: Tuple `(batch, height, width, channels)` of integers or scalar tensors.
        seed: int32 tensor of shape `(2,)`.
        stddev: Tensor `(batch,)`, the standard deviation of each image; 1 by default.

    Returns:
        float32 tensor of that shape.
    """
    count = shape[1] * shape[2] * shape[3]
    pairs = (count + 1) // 2
    words = tf.random.stateless_uniform([shape[0], pairs], seed, None, None, tf.int32)
    uniform = tf.cast(tf.bitwise.bitwise_and(words, 2**20 - 1), tf.float32) + 0.5
    variance = 1.0 if stddev is None else tf.square(stddev)[:, None]
    # The logarithm of 2^20, and what keeps the rounded difference positive.
    square = tf.math.log(uniform) * (-2.0 * variance) + (40.0 * np.log(2.0) + 1e-5) * variance
    radius = tf.sqrt(square)
    angle = tf.cast(words, tf.float32) * np.float32(np.pi / 2**31)
    normal = tf.concat([radius * tf.cos(angle), radius * tf.sin(angle)], axis=1)
    return tf.reshape(normal[:, :count], shape)
