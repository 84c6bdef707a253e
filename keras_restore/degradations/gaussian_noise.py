"""Additive white Gaussian noise."""

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_range, draw_normal, draw_uniform


class GaussianNoise(Degradation):
    """Adds white Gaussian noise, independent for every pixel and channel, not clipped.

    The denoising papers' degradation (DnCNN, TIP 2017, Sec. IV; xUnit, CVPR 2018, Sec. 4.1).

    Args:
        sigma: Standard deviation in grey levels of 255, at least 0; a pair is a range, one
            draw per image (blind denoising: `(0, 55)`).

    Raises:
        ValueError: If `sigma` is negative or not a number or pair.

    Example:

    >>> degraded = GaussianNoise(sigma=25)(clean, seed=(0, 1))
    """

    def __init__(self, sigma=25):
        self.range = check_range("sigma", sigma, low=0)
        self.sigma = sigma

    def sample(self, shape, seed):
        level_seed, noise_seed = tf.unstack(tf.random.split(seed, 2))
        sigma = draw_uniform(self.range, shape[0], level_seed)
        return {"sigma": sigma, "noise": draw_normal(shape, noise_seed, sigma * (1 / 255))}

    def apply(self, clean, parameters):
        return clean + parameters["noise"]

    def get_config(self):
        return {"sigma": self.sigma}
