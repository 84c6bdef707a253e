"""Grain: noise whose neighbours are alike."""

import math

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_range, draw_normal, draw_uniform
from keras_restore.ops.convolution import convolve_separable

LARGEST_CORRELATION = 0.95
# Taps below this share of the middle one are left out.
SMALLEST_TAP = 1e-3


class CorrelatedNoise(Degradation):
    """Adds Gaussian noise of a given correlation between neighbours and channels, not clipped.

    What demosaicking, denoising in the camera and JPEG leave of a sensor's noise: on the real
    photos of Xu et al. (arXiv 1804.02603) neighbours correlate by 0.5 to 0.8, channels likewise.
    White noise is convolved with the taps `a^|i| a^|j|`, whose correlation at a distance of one
    is `2 a / (1 + a^2)` along rows and columns.

    Args:
        sigma: Standard deviation in grey levels of 255, at least 0; a pair is a range, one draw
            per image.
        correlation: Of a pixel with the next in its row or column, 0 to 0.95; a pair is a range.
        channel_correlation: Of the channels at a pixel, 0 to 1; a pair is a range.

    Raises:
        ValueError: If a setting is out of range or not a number or pair.

    Example:

    >>> grain = CorrelatedNoise(sigma=(0, 30), correlation=(0.3, 0.8), channel_correlation=0.5)
    >>> degraded = grain(np.zeros((1, 16, 16, 3), "float32"), seed=(0, 1))
    """

    def __init__(self, sigma=25, correlation=0.5, channel_correlation=0.0):
        self.sigma_range = check_range("sigma", sigma, low=0)
        self.correlation_range = check_range(
            "correlation", correlation, low=0, high=LARGEST_CORRELATION
        )
        self.channel_range = check_range("channel_correlation", channel_correlation, low=0, high=1)
        self.sigma = sigma
        self.correlation = correlation
        self.channel_correlation = channel_correlation
        largest = _decay(self.correlation_range[1], math.sqrt)
        self.reach = math.ceil(math.log(SMALLEST_TAP) / math.log(largest)) if largest else 0

    def sample(self, shape, seed):
        seeds = tf.unstack(tf.random.split(seed, 4))
        batch, height, width, channels = shape
        return {
            "sigma": draw_uniform(self.sigma_range, batch, seeds[0]),
            "correlation": draw_uniform(self.correlation_range, batch, seeds[1]),
            "channel_correlation": draw_uniform(self.channel_range, batch, seeds[2]),
            # One plane per channel, and one that all channels share.
            "white": draw_normal((batch, height, width, channels + 1), seeds[3]),
        }

    def apply(self, clean, parameters):
        white = parameters["white"]
        shared = parameters["channel_correlation"][:, None, None, None]
        noise = tf.sqrt(1.0 - shared) * white[..., :-1] + tf.sqrt(shared) * white[..., -1:]
        if self.reach:
            decay = _decay(parameters["correlation"], tf.sqrt)[:, None]
            taps = decay ** tf.abs(tf.range(-self.reach, self.reach + 1, dtype=tf.float32))
            taps /= tf.norm(taps, axis=1, keepdims=True)
            # Around the border, so that it has the same statistics.
            noise = convolve_separable(noise, taps, border="circular")
        return clean + noise * (parameters["sigma"] * (1 / 255))[:, None, None, None]

    def get_config(self):
        return {
            "sigma": self.sigma,
            "correlation": self.correlation,
            "channel_correlation": self.channel_correlation,
        }


def _decay(correlation, sqrt):
    """The a of `correlation = 2 a / (1 + a^2)`."""
    return correlation / (1.0 + sqrt(1.0 - correlation * correlation))
