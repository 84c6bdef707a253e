"""Random degradations as batched TensorFlow graph code."""

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.blur import Blur
from keras_restore.degradations.disk_blur import DiskBlur
from keras_restore.degradations.gaussian_blur import GaussianBlur
from keras_restore.degradations.gaussian_noise import GaussianNoise
from keras_restore.degradations.motion_blur import MotionBlur
from keras_restore.degradations.poisson_noise import PoissonNoise
from keras_restore.degradations.salt_and_pepper import SaltAndPepper
from keras_restore.degradations.speckle import Speckle

__all__ = [
    "Blur",
    "Degradation",
    "DiskBlur",
    "GaussianBlur",
    "GaussianNoise",
    "MotionBlur",
    "PoissonNoise",
    "SaltAndPepper",
    "Speckle",
]
