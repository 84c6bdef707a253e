"""The degradations of the protocols: NumPy and Pillow, the same numbers on every machine.

What is random is drawn from NumPy's generator, seeded by the index of the image in its set.
"""

import dataclasses
import io
import string

import numpy as np

from keras_restore import ops
from keras_restore.ops.checks import check_positive


class ReferenceDegradation:
    """The degradation of a protocol: a frozen dataclass, called with (clean, index) -> degraded.

    `clean` is a float array `(height, width, channels)` in [0, 1], `index` the place of the image
    in its set, which seeds what is random; degraded is float32.

    Attributes:
        multiple: The height and width of an image must be multiples of this.
    """

    multiple = 1

    def __call__(self, clean, index):
        raise NotImplementedError

    def enlarge(self, degraded):
        """Returns the degraded image at the size of the clean one."""
        return degraded

    def twin(self):
        """Returns the graph degradation to train with for this protocol."""
        raise NotImplementedError

    def to_json(self):
        """Returns a dictionary of plain values that names it."""
        return {"name": type(self).__name__} | vars(self)


@dataclasses.dataclass(frozen=True)
class WhiteNoise(ReferenceDegradation):
    """Adds white Gaussian noise to every channel; unclipped.

    Args:
        sigma: Standard deviation in grey levels of 255.

    Raises:
        ValueError: If `sigma` is negative.

    Example:

    >>> degraded = WhiteNoise(25)(clean, index=0)
    """

    sigma: float

    def __post_init__(self):
        if not self.sigma >= 0:
            raise ValueError(f"`sigma` must be at least 0. Received: sigma={self.sigma}")

    def __call__(self, clean, index):
        noise = np.random.default_rng(index).normal(0, self.sigma / 255, clean.shape)
        return clean.astype(np.float32) + noise.astype(np.float32)

    def twin(self):
        from keras_restore import degradations

        return degradations.GaussianNoise(self.sigma)


@dataclasses.dataclass(frozen=True)
class BicubicReduction(ReferenceDegradation):
    """MATLAB's antialiased bicubic reduction, as an image file of 8 bits or exact.

    Args:
        scale: Integer factor; the image's size must be a multiple.
        enlarged: Whether the network sees the reduction enlarged again by MATLAB's bicubic
            (not rounded), as SRCNN and DnCNN do, or the small image, as SRResNet does.
        round_to_8_bits: Whether the small image is clipped and rounded to 8 bits.
        round_enlarged: Whether what the network sees is, too.

    Raises:
        ValueError: If `scale` is not an integer of at least 2.

    Example:

    >>> degraded = BicubicReduction(3)(clean, index=0)
    """

    scale: int
    enlarged: bool = True
    round_to_8_bits: bool = True
    round_enlarged: bool = False

    def __post_init__(self):
        if not isinstance(self.scale, int) or self.scale < 2:
            raise ValueError(
                f"`scale` must be an integer of at least 2. Received: scale={self.scale}"
            )

    @property
    def multiple(self):
        """The size of an image must be a multiple of this."""
        return self.scale

    def __call__(self, clean, index):
        height, width = (size // self.scale for size in clean.shape[:2])
        low = ops.resize_bicubic(clean.astype(np.float64), size=(height, width))
        if self.round_to_8_bits:
            low = round_to_8_bits(low)
        seen = self._enlarge(low) if self.enlarged else low
        return (round_to_8_bits(seen) if self.round_enlarged else seen).astype(np.float32)

    def twin(self):
        from keras_restore import degradations

        kind = degradations.BicubicDownUp if self.enlarged else degradations.BicubicDownsample
        return kind(self.scale, self.round_to_8_bits)

    def enlarge(self, degraded):
        """Returns the bicubic enlargement of what the network sees."""
        return degraded if self.enlarged else self._enlarge(degraded.astype(np.float64))

    def _enlarge(self, low):
        return ops.resize_bicubic(low, size=tuple(size * self.scale for size in low.shape[:2]))


@dataclasses.dataclass(frozen=True)
class JpegFile(ReferenceDegradation):
    """Writes and reads a JPEG file with Pillow's encoder: libjpeg, the IJG tables.

    Args:
        quality: 1 to 100.

    Raises:
        ValueError: If `quality` is out of range.

    Example:

    >>> degraded = JpegFile(10)(clean, index=0)
    """

    quality: int

    def __post_init__(self):
        if not isinstance(self.quality, int) or not 1 <= self.quality <= 100:
            raise ValueError(
                f"`quality` must be an integer from 1 to 100. Received: quality={self.quality}"
            )

    def __call__(self, clean, index):
        from PIL import Image

        file = io.BytesIO()
        _to_pillow(clean).save(file, "JPEG", quality=self.quality)
        return _from_pillow(Image.open(file), clean.shape)

    def twin(self):
        from keras_restore import degradations

        return degradations.Jpeg(self.quality)


@dataclasses.dataclass(frozen=True)
class KernelBlur(ReferenceDegradation):
    """Convolves every channel with one of MATLAB's blur kernels; the border is mirrored.

    Args:
        kernel: "disk", "motion" or "gaussian".
        values: Radius in pixels; length in pixels and angle in degrees; or standard deviation
            in pixels.

    Raises:
        ValueError: If `kernel` is unknown.

    Example:

    >>> degraded = KernelBlur("disk", (7,))(clean, index=0)
    """

    kernel: str
    values: tuple

    def __post_init__(self):
        if self.kernel not in ("disk", "motion", "gaussian"):
            raise ValueError(
                f"`kernel` must be 'disk', 'motion' or 'gaussian'. Received: kernel={self.kernel!r}"
            )

    def __call__(self, clean, index):
        weights = self.weights()
        rows, columns = (size // 2 for size in weights.shape)
        padding = ((rows, rows), (columns, columns), (0, 0))
        padded = np.pad(clean.astype(np.float64), padding, "symmetric")
        size = padded.shape[:2]
        product = np.fft.rfft2(padded, axes=(0, 1)) * np.fft.rfft2(weights, size)[..., None]
        blurred = np.fft.irfft2(product, size, axes=(0, 1))
        return blurred[2 * rows :, 2 * columns :].astype(np.float32)

    def twin(self):
        from keras_restore import degradations

        kinds = {
            "disk": degradations.DiskBlur,
            "motion": degradations.MotionBlur,
            "gaussian": degradations.GaussianBlur,
        }
        return kinds[self.kernel](*self.values)

    def weights(self):
        """Returns the kernel, `(rows, columns)`, which sums to one."""
        if self.kernel == "disk":
            return ops.disk_kernel(*self.values)
        if self.kernel == "motion":
            return ops.motion_kernel(*self.values)
        taps = ops.gaussian_taps(*self.values)
        return np.outer(taps, taps)


@dataclasses.dataclass(frozen=True)
class WrittenText(ReferenceDegradation):
    """Draws lines of made-up words over the whole image, each line in a colour of its own.

    RED-Net (Sec. 5.6) says the font size and no more; the face is Pillow's own (Aileron), the
    lines are three font sizes apart.

    Args:
        size: Font size in pixels.

    Raises:
        ValueError: If `size` is not positive.

    Example:

    >>> degraded = WrittenText(10)(clean, index=0)
    """

    size: int

    def __post_init__(self):
        check_positive(size=self.size)

    def __call__(self, clean, index):
        from PIL import ImageDraw, ImageFont

        generator = np.random.default_rng(index)
        image = _to_pillow(clean)
        draw, font = ImageDraw.Draw(image), ImageFont.load_default(self.size)
        letters = list(string.ascii_lowercase)
        for top in range(self.size // 2, image.height, 3 * self.size):
            lengths = generator.integers(2, 10, size=image.width // self.size + 1)
            words = ("".join(generator.choice(letters, length)) for length in lengths)
            color = generator.integers(0, 256, clean.shape[2]).tolist()
            draw.text((0, top), " ".join(words), fill=tuple(color), font=font)
        return _from_pillow(image, clean.shape)

    def twin(self):
        from keras_restore import degradations

        return degradations.Text(font_size=self.size)


@dataclasses.dataclass(frozen=True)
class DrawnScratches(ReferenceDegradation):
    """Draws random straight scratches, one to three pixels wide, white or black.

    RED-Net (Sec. 5.6) says "randomly draw scratch" and no more.

    Args:
        count: Number of scratches on 100,000 pixels.

    Raises:
        ValueError: If `count` is negative.

    Example:

    >>> degraded = DrawnScratches(30)(clean, index=0)
    """

    count: float = 30

    def __post_init__(self):
        if not self.count >= 0:
            raise ValueError(f"`count` must be at least 0. Received: count={self.count}")

    def __call__(self, clean, index):
        from PIL import ImageDraw

        generator = np.random.default_rng(index)
        image = _to_pillow(clean)
        draw = ImageDraw.Draw(image)
        corner = (image.width, image.height)
        for _ in range(round(self.count * image.width * image.height / 1e5)):
            ends = generator.uniform(0, 1, (2, 2)) * corner
            color = int(generator.integers(0, 2)) * 255
            draw.line(
                [tuple(end) for end in ends.tolist()],
                fill=(color,) * clean.shape[2],
                width=int(generator.integers(1, 4)),
            )
        return _from_pillow(image, clean.shape)

    def twin(self):
        from keras_restore import degradations

        return degradations.Scratches()


def round_to_8_bits(image):
    """Clips a float image to [0, 1] and rounds it to 255ths."""
    return np.rint(np.clip(image, 0.0, 1.0) * 255.0) / 255.0


def _to_pillow(image):
    from PIL import Image

    pixels = np.rint(np.clip(image, 0.0, 1.0) * 255.0).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _from_pillow(image, shape):
    return (np.asarray(image, np.float32) / np.float32(255)).reshape(shape)
