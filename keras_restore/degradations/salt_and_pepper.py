"""Impulse noise."""

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_range, draw_uniform


class SaltAndPepper(Degradation):
    """Sets a share of the values to 0 or 1, each half of the time.

    As MATLAB's `imnoise(..., "salt & pepper", density)`: every channel by itself.

    Args:
        density: Share of the values that are hit, in [0, 1]; a pair is a range, one draw per
            image.

    Raises:
        ValueError: If `density` is outside [0, 1] or not a number or pair.

    Example:

    >>> degraded = SaltAndPepper(density=0.1)(clean, seed=(0, 1))
    """

    def __init__(self, density=0.05):
        self.range = check_range("density", density, low=0, high=1)
        self.density = density

    def sample(self, shape, seed):
        level_seed, noise_seed = tf.unstack(tf.random.split(seed, 2))
        return {
            "density": draw_uniform(self.range, shape[0], level_seed),
            "uniform": tf.random.stateless_uniform(shape, noise_seed),
        }

    def apply(self, clean, parameters):
        half = parameters["density"][:, None, None, None] * 0.5
        uniform = parameters["uniform"]
        salted = tf.where(uniform < half, tf.zeros_like(clean), clean)
        return tf.where(uniform >= 1.0 - half, tf.ones_like(clean), salted)

    def get_config(self):
        return {"density": self.density}
