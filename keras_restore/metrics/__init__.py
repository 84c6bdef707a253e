"""Metrics, and the protocols that say what a number means."""

from keras_restore.metrics import protocols
from keras_restore.metrics.evaluate import evaluate
from keras_restore.metrics.psnr import psnr
from keras_restore.metrics.ssim import ssim

__all__ = ["evaluate", "protocols", "psnr", "ssim"]
