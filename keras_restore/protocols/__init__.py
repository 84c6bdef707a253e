"""Protocols: what a quality number means, under a name, and the measuring by them."""

from keras_restore.protocols.evaluate import evaluate, samples
from keras_restore.protocols.named import (
    classification,
    color_deblocking,
    color_denoising,
    deblurring,
    gray_denoising,
    luma_deblocking,
    luma_rain,
    luma_super_resolution,
    named,
    names,
    real_pairs,
    rgb_rain,
    rgb_super_resolution,
    scratch_removal,
    segmentation,
    text_removal,
)
from keras_restore.protocols.per_image import PerImage
from keras_restore.protocols.protocol import Protocol
from keras_restore.protocols.reference_degradations import ReferenceDegradation
from keras_restore.protocols.vision_protocol import VisionProtocol

__all__ = [
    "PerImage",
    "Protocol",
    "ReferenceDegradation",
    "VisionProtocol",
    "classification",
    "color_deblocking",
    "color_denoising",
    "deblurring",
    "evaluate",
    "gray_denoising",
    "luma_deblocking",
    "luma_rain",
    "luma_super_resolution",
    "named",
    "names",
    "real_pairs",
    "rgb_rain",
    "rgb_super_resolution",
    "samples",
    "scratch_removal",
    "segmentation",
    "text_removal",
]
