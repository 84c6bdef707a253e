"""Pure tensor functions.

Colour, resize, flips and kernels take and return NumPy arrays without Keras; given tensors they
use `keras.ops`. Grey levels are for arrays. The rest needs Keras, convolution and DCT TensorFlow,
and is imported on first use.
"""

import importlib

from keras_restore.ops.color import rgb_to_luma, rgb_to_ycbcr, rounded_luma, ycbcr_to_rgb
from keras_restore.ops.dihedral import dihedral, dihedral_inverse
from keras_restore.ops.kernels import (
    disk_kernel,
    gaussian_taps,
    line_kernel,
    motion_kernel,
    motion_size,
)
from keras_restore.ops.levels import from_float, to_float
from keras_restore.ops.resize import bicubic_weights, resize_bicubic

_ON_FIRST_USE = {
    "convolve": "convolution",
    "convolve_separable": "convolution",
    "depthwise_conv": "depthwise",
    "gaussian_filter2d": "filters",
    "median_filter2d": "filters",
    "rotate": "transforms",
    "translate": "transforms",
}

__all__ = [
    "bicubic_weights",
    "dihedral",
    "dihedral_inverse",
    "disk_kernel",
    "from_float",
    "gaussian_taps",
    "line_kernel",
    "motion_kernel",
    "motion_size",
    "resize_bicubic",
    "rgb_to_luma",
    "rgb_to_ycbcr",
    "rounded_luma",
    "to_float",
    "ycbcr_to_rgb",
    *_ON_FIRST_USE,
]


def __getattr__(name):
    if name in _ON_FIRST_USE:
        return getattr(importlib.import_module(f"keras_restore.ops.{_ON_FIRST_USE[name]}"), name)
    raise AttributeError(f"module 'keras_restore.ops' has no attribute {name!r}")


def __dir__():
    return sorted(set(globals()) | set(__all__))
