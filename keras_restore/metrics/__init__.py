"""Metrics, and the protocols that say what a number means."""

from keras_restore.metrics import protocols
from keras_restore.metrics.evaluate import evaluate, samples
from keras_restore.metrics.evaluate_vision import evaluate_vision
from keras_restore.metrics.image_metric import ImageMetric
from keras_restore.metrics.mean_iou import class_overlap, mean_iou
from keras_restore.metrics.protocol import Protocol
from keras_restore.metrics.psnr import PSNR, psnr
from keras_restore.metrics.psnr_b import PSNRB, psnr_b
from keras_restore.metrics.ssim import SSIM, ssim
from keras_restore.metrics.top_k import top_k
from keras_restore.metrics.vision_protocol import VisionProtocol

__all__ = [
    "ImageMetric",
    "PSNR",
    "PSNRB",
    "Protocol",
    "SSIM",
    "VisionProtocol",
    "class_overlap",
    "evaluate",
    "evaluate_vision",
    "mean_iou",
    "protocols",
    "psnr",
    "psnr_b",
    "samples",
    "ssim",
    "top_k",
]
