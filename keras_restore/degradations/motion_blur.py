"""Motion blur."""

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_border, check_range, draw_uniform
from keras_restore.ops.convolution import convolve
from keras_restore.ops.kernels import motion_kernel, motion_size


class MotionBlur(Degradation):
    """Blurs along a line, as MATLAB's `fspecial("motion", length, angle)`.

    Args:
        length: Length of the line in pixels, at least 1; a pair is a range, one draw per image.
        angle: Direction in degrees, counter-clockwise from the horizontal; a pair is a range,
            one draw per image.
        border: What lies outside of the image: "symmetric" (its mirror image), "zero" or
            "circular".

    Raises:
        ValueError: If `length` is below 1, a setting is not a number or pair, or `border` is
            unknown.

    Example:

    >>> degraded = MotionBlur(length=15, angle=45)(clean, seed=(0, 1))
    """

    def __init__(self, length, angle=(0, 180), border="symmetric"):
        self.length_range = check_range("length", length, low=1)
        self.angle_range = check_range("angle", angle)
        self.length = length
        self.angle = angle
        self.border = check_border(border)

    def sample(self, shape, seed):
        length_seed, angle_seed = tf.unstack(tf.random.split(seed, 2))
        return {
            "length": draw_uniform(self.length_range, shape[0], length_seed),
            "angle": draw_uniform(self.angle_range, shape[0], angle_seed),
        }

    def apply(self, clean, parameters):
        longest, (low, high) = self.length_range[1], self.angle_range
        if low == high:
            size = motion_size(longest, low)
        else:
            size = motion_size(longest, 0)[1]
        kernel = motion_kernel(parameters["length"], parameters["angle"], size)
        return convolve(clean, kernel, self.border)

    def get_config(self):
        return {"length": self.length, "angle": self.angle, "border": self.border}
