"""What all degradations share: the draw split from the effect, and the checks."""

import numpy as np
import tensorflow as tf


class Degradation:
    """A random, batched, seeded map from clean images to degraded ones.

    A subclass gives two functions. `sample(shape, seed)` makes every random draw, one set of
    parameters an image; `apply(clean, parameters)` is pure. Both are TensorFlow graph code
    without state, so the same seed gives the same images eagerly, in a graph, in a
    `tf.data` map and in a train step. (XLA has another generator: under `jit_compile` a seed
    is reproducible too, but gives other draws.)

    A setting that takes a number or a pair is that number, or is drawn uniformly from the
    range, one draw an image. Nothing is clipped or rounded unless the class says so.

    Call arguments:
        clean: float32 images in [0, 1], `(batch, height, width, channels)` with one gray or
            three RGB channels. Values are checked in eager mode, shapes and types always.
        seed: A pair of integers, or an int tensor of shape `(2,)`.

    Returns:
        The degraded images, float32.

    Raises:
        ValueError: If the input is not a float32 batch of images in [0, 1].
    """

    def __call__(self, clean, seed):
        clean = check_images(clean)
        seed = tf.convert_to_tensor(seed, tf.int32)
        if seed.shape != (2,):
            raise ValueError(f"`seed` must be a pair of integers. Received: seed={seed}")
        return self.apply(clean, self.sample(known_shape(clean), seed))

    def sample(self, shape, seed):
        """Draws the parameters of a batch.

        Args:
            shape: Tuple `(batch, height, width, channels)` of integers, or of int32 scalar
                tensors where a size is unknown in the graph.
            seed: int32 tensor of shape `(2,)`.

        Returns:
            A dictionary of tensors, or of dictionaries; their first axis is the batch.
        """
        raise NotImplementedError

    def output_shape(self, shape):
        """Computes the shape of the degraded batch, in the form `sample` takes."""
        return shape

    def apply(self, clean, parameters):
        """Degrades a batch with given parameters, the same result every time.

        Args:
            clean: float32 tensor `(batch, height, width, channels)`.
            parameters: What `sample` returned, or the caller's own values.

        Returns:
            float32 tensor.
        """
        raise NotImplementedError

    def get_config(self):
        """Returns the constructor's arguments as a dictionary of plain values."""
        raise NotImplementedError

    @classmethod
    def from_config(cls, config):
        """Builds the degradation from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        arguments = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


def known_shape(images):
    """Returns the shape of a tensor as a tuple: integers where known, else scalar tensors."""
    sizes = tf.shape(images)
    return tuple(sizes[i] if n is None else n for i, n in enumerate(images.shape))


def check_images(images):
    """Returns `images` as a float32 tensor, or raises a `ValueError` that says what is wrong."""
    images = tf.convert_to_tensor(images)
    if images.dtype != tf.float32:
        raise ValueError(
            "`clean` must be float32 in [0, 1]; divide 8-bit images by 255. "
            f"Received: dtype={images.dtype.name}"
        )
    if images.shape.rank != 4 or images.shape[-1] not in (1, 3, None):
        raise ValueError(
            "`clean` must be of shape (batch, height, width, 1 or 3). "
            f"Received: shape={tuple(images.shape)}"
        )
    if tf.executing_eagerly() and images.shape.num_elements():
        low, high = float(tf.reduce_min(images)), float(tf.reduce_max(images))
        if not (low >= 0.0 and high <= 1.0):
            raise ValueError(f"`clean` must be in [0, 1]. Received values from {low:g} to {high:g}")
    return images


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


def draw_uniform(pair, count, seed):
    """Draws `count` float32 values from the range `pair`; a range of one value needs no draw."""
    if pair[0] == pair[1]:
        return tf.fill([count], tf.constant(pair[0], tf.float32))
    return tf.random.stateless_uniform([count], seed, pair[0], pair[1])


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
