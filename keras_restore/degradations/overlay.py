"""Degradations that draw something over the image, and know where."""

import tensorflow as tf

from keras_restore.degradations.base import Degradation, check_images
from keras_restore.ops.shape import known_shape


class Overlay(Degradation):
    """A degradation that covers some pixels; it can also return which.

    A subclass gives `cover(shape, parameters)`. The degraded image is
    `clean * (1 - coverage) + colour`.
    """

    def with_mask(self, clean, seed):
        """Degrades a batch and says which pixels it touched.

        Args:
            clean: float32 images in [0, 1], `(batch, height, width, channels)`.
            seed: A pair of integers, or an int tensor of shape `(2,)`.

        Returns:
            The pair of the degraded images, those of a plain call, and the mask, float32
            `(batch, height, width, 1)`: 1 where a pixel is covered, even in part, else 0.

        Raises:
            ValueError: As a plain call.
        """
        clean = check_images(clean)
        shape = known_shape(clean)
        parameters = self.sample(shape, tf.convert_to_tensor(seed, tf.int32))
        coverage, color = self.cover(shape, parameters)
        mask = tf.cast(coverage > 0.0, tf.float32)
        return clean * (1.0 - coverage) + color, mask

    def apply(self, clean, parameters):
        coverage, color = self.cover(known_shape(clean), parameters)
        return clean * (1.0 - coverage) + color

    def cover(self, shape, parameters):
        """Draws what covers the images.

        Args:
            shape: As `sample` takes it.
            parameters: What `sample` returned.

        Returns:
            The pair of the coverage in [0, 1], `(batch, height, width, 1)`, and the colour times
            the coverage, `(batch, height, width, channels or 1)`.
        """
        raise NotImplementedError
