"""Random degradations as batched TensorFlow graph code."""

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.bicubic_down_up import BicubicDownUp
from keras_restore.degradations.bicubic_downsample import BicubicDownsample
from keras_restore.degradations.blur import Blur
from keras_restore.degradations.camera_noise import CameraNoise
from keras_restore.degradations.correlated_noise import CorrelatedNoise
from keras_restore.degradations.demosaic import Demosaic
from keras_restore.degradations.disk_blur import DiskBlur
from keras_restore.degradations.gaussian_blur import GaussianBlur
from keras_restore.degradations.gaussian_noise import GaussianNoise
from keras_restore.degradations.jpeg import Jpeg
from keras_restore.degradations.motion_blur import MotionBlur
from keras_restore.degradations.one_of import OneOf
from keras_restore.degradations.pan import Pan
from keras_restore.degradations.poisson_noise import PoissonNoise
from keras_restore.degradations.rain import Rain
from keras_restore.degradations.resize import Resize
from keras_restore.degradations.salt_and_pepper import SaltAndPepper
from keras_restore.degradations.scratches import Scratches
from keras_restore.degradations.sequence import Sequence
from keras_restore.degradations.shuffle import Shuffle
from keras_restore.degradations.speckle import Speckle
from keras_restore.degradations.text import Text

__all__ = [
    "BicubicDownUp",
    "BicubicDownsample",
    "Blur",
    "CameraNoise",
    "CorrelatedNoise",
    "Degradation",
    "Demosaic",
    "DiskBlur",
    "GaussianBlur",
    "GaussianNoise",
    "Jpeg",
    "MotionBlur",
    "OneOf",
    "Pan",
    "PoissonNoise",
    "Rain",
    "Resize",
    "SaltAndPepper",
    "Scratches",
    "Sequence",
    "Shuffle",
    "Speckle",
    "Text",
]
