"""Multiplicative Gaussian noise."""

import tensorflow as tf

from keras_restore.degradations.base import Degradation, check_range, draw_normal, draw_uniform


class Speckle(Degradation):
    """Adds Gaussian noise in proportion to the pixel: `clean * (1 + noise)`, not clipped.

    MATLAB's `imnoise(..., "speckle")` with Gaussian instead of uniform noise.

    Args:
        sigma: Standard deviation on a white pixel, in grey levels of 255, at least 0; a pair
            is a range, one draw an image.

    Raises:
        ValueError: If `sigma` is negative or not a number or pair.

    Example:

    >>> degraded = Speckle(sigma=25)(clean, seed=(0, 1))
    """

    def __init__(self, sigma=25):
        self.range = check_range("sigma", sigma, low=0)
        self.sigma = sigma

    def sample(self, shape, seed):
        level_seed, noise_seed = tf.unstack(tf.random.split(seed, 2))
        sigma = draw_uniform(self.range, shape[0], level_seed)
        return {"sigma": sigma, "noise": draw_normal(shape, noise_seed, sigma * (1 / 255))}

    def apply(self, clean, parameters):
        return clean + clean * parameters["noise"]

    def get_config(self):
        return {"sigma": self.sigma}
