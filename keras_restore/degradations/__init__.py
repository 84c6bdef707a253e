"""Random degradations as batched TensorFlow graph code."""

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.gaussian_noise import GaussianNoise

__all__ = ["Degradation", "GaussianNoise"]
