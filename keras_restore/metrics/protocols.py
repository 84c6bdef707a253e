"""Protocols: everything that decides a quality number, under a name."""

import dataclasses

import numpy as np

from keras_restore.metrics.psnr import psnr
from keras_restore.metrics.reference_degradations import WhiteNoise
from keras_restore.metrics.ssim import ssim


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How the quality of a restoration is measured: degradation, comparison, metrics.

    Args:
        name: As in reports: "gray_sigma25".
        task: Words for people.
        degradation: Frozen dataclass, called with (clean, index of the image) -> degraded.
        channels: Of the images that the model sees, 1 or 3.
        crop_border: Pixels left out on each side before the comparison.
        clip: Whether the restored image is clipped to [0, 1].
        round_to_8_bits: Whether the restored image is rounded to 255ths.

    Example:

    >>> rows = evaluate(model.predict_on_batch, images, gray_denoising(sigma=25))
    """

    name: str
    task: str
    degradation: object
    channels: int
    crop_border: int = 0
    clip: bool = True
    round_to_8_bits: bool = False

    def degrade(self, clean, index):
        """Degrades one image, the same for the same index.

        Args:
            clean: float32 array in [0, 1], `(height, width, channels)`.
            index: Place of the image in its set by name, from 0; it seeds what is random.

        Returns:
            float32 array.
        """
        return self.degradation(clean, index)

    def score(self, clean, restored):
        """Measures one restored image.

        Args:
            clean: float array in [0, 1], `(height, width, channels)`.
            restored: The same shape.

        Returns:
            Dictionary of floats: "psnr" in dB, "ssim".
        """
        clean, restored = np.asarray(clean, np.float64), np.asarray(restored, np.float64)
        if self.clip:
            restored = np.clip(restored, 0.0, 1.0)
        if self.round_to_8_bits:
            restored = np.rint(restored * 255.0) / 255.0
        return {
            "psnr": float(psnr(clean, restored, crop_border=self.crop_border)),
            "ssim": float(ssim(clean, restored, crop_border=self.crop_border)),
        }


def gray_denoising(sigma=25):
    """The denoising papers' main protocol: gray images, white noise, all pixels.

    Noise `numpy.random.default_rng(i).normal(0, sigma / 255)` for the i-th image by name,
    added in float32, not clipped; output clipped, not rounded (DnCNN, Sec. IV; xUnit, 4.1).

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        A `Protocol` named "gray_sigma25".

    Raises:
        ValueError: If `sigma` is negative.

    Example:

    >>> gray_denoising(50).name
    'gray_sigma50'
    """
    return Protocol(
        f"gray_sigma{sigma:g}", f"gray denoising, sigma {sigma:g}", WhiteNoise(sigma), 1
    )


def color_denoising(sigma=25):
    """White noise on each channel of RGB images, measured over all pixels and channels.

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        A `Protocol` named "color_sigma25".

    Raises:
        ValueError: If `sigma` is negative.

    Example:

    >>> color_denoising(50).name
    'color_sigma50'
    """
    name, task = f"color_sigma{sigma:g}", f"colour denoising, sigma {sigma:g}"
    return Protocol(name, task, WhiteNoise(sigma), 3)
