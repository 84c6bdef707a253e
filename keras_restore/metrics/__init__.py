"""Metrics: functions, and objects that are also metrics of Keras."""

from keras_restore.metrics.image_metric import ImageMetric
from keras_restore.metrics.mean_iou import class_overlap, mean_iou
from keras_restore.metrics.psnr import PSNR, psnr
from keras_restore.metrics.psnr_b import PSNRB, psnr_b
from keras_restore.metrics.ssim import SSIM, ssim
from keras_restore.metrics.top_k import top_k

__all__ = [
    "ImageMetric",
    "PSNR",
    "PSNRB",
    "SSIM",
    "class_overlap",
    "mean_iou",
    "psnr",
    "psnr_b",
    "ssim",
    "top_k",
]
