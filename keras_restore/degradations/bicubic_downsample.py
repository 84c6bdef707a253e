"""Bicubic reduction, the super-resolution papers' degradation."""

import fractions

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.ops.checks import check_positive
from keras_restore.ops.resize import resize_bicubic


class BicubicDownsample(Degradation):
    """Reduces images as MATLAB's `imresize(clean, 1 / scale)` does, antialiased.

    The result is smaller: height and width divided by `scale`, rounded up.

    Args:
        scale: Factor of the reduction, an integer of at least 1.
        round_to_8_bits: Whether the result is clipped and rounded to 255ths, as an 8-bit
            file of it would be.

    Raises:
        ValueError: If `scale` is not a positive integer or, at the first call, larger than the
            image.

    Example:

    >>> low = BicubicDownsample(scale=3)(clean, seed=(0, 1))
    """

    def __init__(self, scale, round_to_8_bits=False):
        check_positive(scale=scale)
        self.scale = scale
        self.round_to_8_bits = round_to_8_bits

    def sample(self, shape, seed):
        return {}

    def apply(self, clean, parameters):
        check_scale(self.scale, clean)
        low = resize_bicubic(clean, fractions.Fraction(1, self.scale))
        return round_to_8_bits(low) if self.round_to_8_bits else low

    def output_shape(self, shape):
        batch, height, width, channels = shape
        return batch, -(-height // self.scale), -(-width // self.scale), channels

    def get_config(self):
        return {"scale": self.scale, "round_to_8_bits": self.round_to_8_bits}


def check_scale(scale, images):
    """Raises if an image of known size has fewer pixels than `scale` on a side."""
    sides = [n for n in images.shape[1:3] if n is not None]
    if sides and min(sides) < scale:
        raise ValueError(
            "`scale` must not be larger than the image. "
            f"Received: scale={scale}, shape={tuple(images.shape)}"
        )


def round_to_8_bits(images):
    """Clips to [0, 1] and rounds to 255ths."""
    return tf.round(tf.clip_by_value(images, 0.0, 1.0) * 255.0) * (1 / 255)
