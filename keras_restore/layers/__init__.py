"""The building blocks: Keras layers written with `keras.ops` only."""

from keras_restore.layers.batch_normalization import BatchNormalization
from keras_restore.layers.bilinear_upsampling import BilinearUpsampling
from keras_restore.layers.crop_like import CropLike
from keras_restore.layers.frozen import Frozen
from keras_restore.layers.noise_level_map import NoiseLevelMap
from keras_restore.layers.pad_to_multiple import PadToMultiple
from keras_restore.layers.pixel_shuffle import PixelShuffle
from keras_restore.layers.residual_output import ResidualOutput
from keras_restore.layers.symmetric_skip import SymmetricSkip
from keras_restore.layers.xunit import XUnit

__all__ = [
    "BatchNormalization",
    "BilinearUpsampling",
    "CropLike",
    "Frozen",
    "NoiseLevelMap",
    "PadToMultiple",
    "PixelShuffle",
    "ResidualOutput",
    "SymmetricSkip",
    "XUnit",
]
