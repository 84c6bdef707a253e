"""What a protocol of restoration is made of."""

import dataclasses

import numpy as np

from keras_restore.metrics import PSNR, SSIM, ImageMetric
from keras_restore.ops.color import rounded_luma

# The channels to read image files with, for each of the colours; None takes what the file has.
FILE_CHANNELS = {"gray": 1, "luma": None, "rgb": 3}


@dataclasses.dataclass(frozen=True)
class Protocol:
    """Everything that decides a quality number: degradation, colours, border, rounding.

    Args:
        name: As in reports: "gray_sigma25".
        task: Words for people.
        degradation: A `ReferenceDegradation`; None where the degraded images are part of the
            data.
        color: What the model sees. "gray": one channel, colour files become gray on reading.
            "luma": one channel; colour files have MATLAB's luma, rounded to 8 bits, gray
            files stay as they are. "rgb": three channels.
        compare: "all" channels, or the "luma" of RGB images.
        crop_border: Pixels left out on each side before the comparison.
        metrics: Subclasses of `ImageMetric`; the first is the one that ranks.
        clip: Whether the restored image is clipped to [0, 1].
        round_to_8_bits: Whether the restored image is rounded to 255ths.

    Raises:
        ValueError: If a setting is unknown.

    Example:

    >>> rows = evaluate(model.predict_on_batch, images, gray_denoising(sigma=25))
    """

    name: str
    task: str
    degradation: object
    color: str
    compare: str = "all"
    crop_border: int = 0
    metrics: tuple = (PSNR, SSIM)
    clip: bool = True
    round_to_8_bits: bool = False

    def __post_init__(self):
        if self.color not in FILE_CHANNELS:
            raise ValueError(
                f"`color` must be one of {sorted(FILE_CHANNELS)}. Received: color={self.color!r}"
            )
        if self.compare not in ("all", "luma"):
            raise ValueError(
                f"`compare` must be 'all' or 'luma'. Received: compare={self.compare!r}"
            )
        if not self.metrics or not all(
            isinstance(metric, type) and issubclass(metric, ImageMetric) for metric in self.metrics
        ):
            raise ValueError(
                "`metrics` must be at least one subclass of `ImageMetric`. "
                f"Received: metrics={self.metrics}"
            )

    @property
    def channels(self):
        """Number of channels of the images that the model sees."""
        return 3 if self.color == "rgb" else 1

    @property
    def sigma(self):
        """The noise level in grey levels of 255, None where there is none."""
        return getattr(self.degradation, "sigma", None)

    @property
    def file_channels(self):
        """The `channels` to read image files with; None takes what the file has."""
        return FILE_CHANNELS[self.color]

    def prepare(self, clean):
        """Brings an image into the protocol's colours and size.

        Args:
            clean: float32 array in [0, 1], `(height, width, 1 or 3)`.

        Returns:
            float32 array `(height, width, channels)`. Super-resolution crops the lower and
            right edge to a multiple of the scale.

        Raises:
            ValueError: If the image has other channels than the protocol can use.
        """
        if clean.ndim != 3 or clean.shape[2] not in (1, 3):
            raise ValueError(
                "`clean` must be of shape (height, width, 1 or 3). "
                f"Received: clean.shape={clean.shape}"
            )
        if self.color == "luma":
            clean = rounded_luma(clean) if clean.shape[2] == 3 else clean
        elif clean.shape[2] != self.channels:
            raise ValueError(
                f"Protocol {self.name} needs {self.color} images, of {self.channels} "
                f"channel{'s' if self.channels > 1 else ''}. Received: clean.shape={clean.shape}"
            )
        multiple = self.degradation.multiple if self.degradation else 1
        height, width = (size // multiple * multiple for size in clean.shape[:2])
        return clean[:height, :width]

    def degrade(self, clean, index):
        """Degrades one image, the same for the same index.

        Args:
            clean: float32 array in [0, 1], as `prepare` returns it.
            index: Place of the image in its set by name, from 0; it seeds what is random.

        Returns:
            float32 array.

        Raises:
            ValueError: If the protocol has its degraded images from the data.
        """
        if self.degradation is None:
            raise ValueError(
                f"Protocol {self.name} measures given pairs: the data must hold a degraded image "
                "for each clean one."
            )
        return self.degradation(clean, index)

    def baseline(self, degraded):
        """What doing nothing gives: the degraded image at the size of the clean one.

        Of one with further channels, such as other frames of a clip, these are left out.
        """
        degraded = degraded[..., : self.channels]
        return self.degradation.enlarge(degraded) if self.degradation else degraded

    def sample(self, index, clean, degraded=None):
        """Prepares one image of a set.

        Args:
            index: Place of the image in its set.
            clean: As `prepare` takes it.
            degraded: The same, where the data holds the degraded image.

        Returns:
            The pair of the clean and the degraded image.

        Raises:
            ValueError: If the image does not fit the protocol, or the pair has two sizes.
        """
        clean = self.prepare(clean)
        if degraded is None:
            return clean, self.degrade(clean, index)
        degraded = self.prepare(degraded)
        if degraded.shape != clean.shape:
            raise ValueError(
                "The images of a pair must be of one size. "
                f"Received: clean {clean.shape}, degraded {degraded.shape}"
            )
        return clean, degraded

    def measure(self, clean, degraded, restored):
        """Measures a restored image and, as it is, the degraded one.

        Args:
            clean, degraded: What `sample` returned.
            restored: float array of the clean image's shape.

        Returns:
            Dictionary of the metrics, and of the same with "_degraded" behind their names.

        Raises:
            ValueError: If the restored image has another shape.
        """
        if restored.shape != clean.shape:
            raise ValueError(
                f"The restored image must be of the clean one's shape {clean.shape}. "
                f"Received: {restored.shape} by protocol {self.name}"
            )
        before = dataclasses.replace(self, clip=False).score(clean, self.baseline(degraded))
        return self.score(clean, restored) | {f"{name}_degraded": n for name, n in before.items()}

    def score(self, clean, restored):
        """Measures one restored image.

        Args:
            clean: float array in [0, 1], as `prepare` returns it.
            restored: The same shape.

        Returns:
            Dictionary of floats, one per metric: "psnr" in dB, "ssim", ...

        Raises:
            ValueError: If the shapes differ.
        """
        clean, restored = np.asarray(clean, np.float64), np.asarray(restored, np.float64)
        if self.clip:
            restored = np.clip(restored, 0.0, 1.0)
        if self.round_to_8_bits:
            restored = np.rint(restored * 255.0) / 255.0
        if self.compare == "luma":
            clean, restored = rounded_luma(clean), rounded_luma(restored)
        border = self.crop_border
        return {
            metric.name: float(metric.compute(clean, restored, crop_border=border))
            for metric in self.metrics
        }

    def summary(self, rows):
        """The mean of every metric over the rows of `evaluate`, as the papers report it."""
        names = [name for name, value in rows[0].items() if isinstance(value, float)]
        return {name: float(np.mean([row[name] for row in rows])) for name in names}
