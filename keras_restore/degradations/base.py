"""What all degradations share: the draw split from the effect, and the checks."""

import keras
import tensorflow as tf

from keras_restore.ops.shape import known_shape


class Degradation:
    """A random, batched, seeded map from clean images to degraded ones.

    A subclass gives two functions. `sample(shape, seed)` makes every random draw, one set of
    parameters per image; `apply(clean, parameters)` is pure. Both are TensorFlow graph code
    without state, so the same seed gives the same images eagerly, in a graph, in a
    `tf.data` map and in a train step. (XLA has another generator: under `jit_compile` a seed
    is reproducible too, but gives other draws.)

    A subclass, also one of another package, is registered with `keras.saving` under its name and
    the name of its package, so that a `Sequence` of it can be serialized.

    A setting that takes a number or a pair is that number, or is drawn uniformly from the
    range, one draw per image. Nothing is clipped or rounded unless the class says so.

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

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        package = cls.__module__.partition(".")[0]
        keras.saving.register_keras_serializable(package)(cls)

    def get_config(self):
        """Returns the constructor's arguments as a dictionary of plain values."""
        raise NotImplementedError

    @classmethod
    def from_config(cls, config):
        """Builds the degradation from what `get_config` returned."""
        return cls(**keras.saving.deserialize_keras_object(config))

    def __repr__(self):
        arguments = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


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
