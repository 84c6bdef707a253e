"""Photon noise."""

import math

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_range, draw_normal, draw_uniform

# Below this mean a count is found by adding up probabilities, above it by an expansion.
SMALL_MEAN = 4.0
# The chance of a larger count at `SMALL_MEAN` is 4e-9.
LARGEST_SMALL_COUNT = 19


class PoissonNoise(Degradation):
    """Replaces each value by a Poisson count of photons, not clipped.

    `degraded = Poisson(clean * peak) / peak`: mean `clean`, variance `clean / peak`. TensorFlow's
    Poisson sampler has no GPU kernel, so the counts come from standard normals w through the
    quantile function: for a mean m below 4 by inverting the cumulative sum at Phi(w), above by
    the expansion `floor(m + sqrt(m) w + (2 + w^2) / 6 - (2 w + w^3) / (72 sqrt(m)) + ...)` of
    Cornish and Fisher (as in Giles, ACM TOMS 42, 2016), within 1e-3 of Poisson's distribution.

    Args:
        peak: Mean number of photons on a white pixel, above 0; a pair is a range, one draw per
            image. 30 is very dark, 1000 a good exposure.

    Raises:
        ValueError: If `peak` is not positive or not a number or pair.

    Example:

    >>> degraded = PoissonNoise(peak=100)(clean, seed=(0, 1))
    """

    def __init__(self, peak=100):
        self.range = check_range("peak", peak, low=1e-3)
        self.peak = peak

    def sample(self, shape, seed):
        level_seed, noise_seed = tf.unstack(tf.random.split(seed, 2))
        return {
            "peak": draw_uniform(self.range, shape[0], level_seed),
            "normal": draw_normal(shape, noise_seed),
        }

    def apply(self, clean, parameters):
        peak = parameters["peak"][:, None, None, None]
        mean = tf.maximum(clean, 0.0) * peak
        normal = parameters["normal"]
        counts = tf.where(
            mean < SMALL_MEAN, _small_counts(mean, normal), _large_counts(mean, normal)
        )
        return counts / peak

    def get_config(self):
        return {"peak": self.peak}


def _small_counts(mean, normal):
    mean = tf.minimum(mean, SMALL_MEAN)
    quantile = 0.5 * tf.math.erfc(normal * -math.sqrt(0.5))
    probability = tf.exp(-mean)
    cumulative = probability
    counts = tf.cast(quantile > cumulative, tf.float32)
    for count in range(1, LARGEST_SMALL_COUNT):
        probability *= mean * (1.0 / count)
        cumulative += probability
        counts += tf.cast(quantile > cumulative, tf.float32)
    return counts


def _large_counts(mean, normal):
    mean = tf.maximum(mean, SMALL_MEAN)
    root = tf.sqrt(mean)
    square = tf.square(normal)
    counts = mean + root * normal + (2.0 + square) * (1 / 6)
    counts -= normal * (2.0 + square) * (1 / 72) / root
    counts += (square * (square * (1 / 270) + 7 / 810) - 8 / 405) / mean
    return tf.maximum(tf.floor(counts), 0.0)
