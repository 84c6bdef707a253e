"""Pictures as people have them: any mode, depth, orientation."""

import contextlib
import threading
import warnings

import numpy as np
from PIL import Image, ImageCms, ImageOps, JpegImagePlugin

from keras_restore.ops.jpeg_tables import jpeg_quality
from keras_restore.pictures.array_source import ArraySource
from keras_restore.pictures.metadata import ORIENTATION, Metadata, metadata_of
from keras_restore.pictures.png_reader import PngReader
from keras_restore.pictures.tiff_reader import TiffReader

# Larger pictures are read and written in bands, where the format allows.
STREAMED_PIXELS = 30_000_000
GRAY_MODES = ("1", "L", "LA", "La")
# Several images in the file, of which the first is the picture.
SINGLE_FORMATS = ("MPO", "ICO", "ICNS")
_LIMIT_LOCK = threading.Lock()


class Picture:
    """A picture as a source of rows, upright, gray or RGB, uint8 or uint16.

    Args:
        source: With `height`, `width`, `dtype` and `read(count)`.
        channels: 1 or 3.
        alpha: `(height, width, 1)` array, or None.
        metadata: `Metadata`.
        notes: What had to be changed, in words.

    Attributes:
        height, width, dtype, channels, alpha, metadata, notes.
    """

    def __init__(self, source, channels, alpha=None, metadata=None, notes=()):
        self._source = source
        self._ahead = None
        self.height, self.width, self.dtype = source.height, source.width, source.dtype
        self.channels = channels
        self.alpha = alpha
        self.metadata = metadata or Metadata()
        self.notes = list(notes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if hasattr(self._source, "close"):
            self._source.close()

    def read(self, count):
        """Returns the next `count` rows, `(count, width, channels)`."""
        if self._ahead is None:
            return self._source.read(count)
        rows, self._ahead = self._ahead[:count], self._ahead[count:]
        if len(self._ahead) == 0:
            self._ahead = None
        missing = count - len(rows)
        return np.concatenate([rows, self._source.read(missing)]) if missing else rows

    def peek(self, count):
        """Returns the next `count` rows, which `read` gives again."""
        self._ahead = self.read(min(count, self.height))
        return self._ahead


def open_picture(path, max_pixels=None, page=None):
    """Opens a picture's file.

    Palettes are resolved; CMYK and other colour spaces are converted to RGB, with a note.
    PNG and TIFF files of 16 bits per colour are read at their depth, large ones in bands.

    Args:
        path: Path of the file.
        max_pixels: Largest number of pixels; None for Pillow's limit against decompression
            bombs (twice `PIL.Image.MAX_IMAGE_PIXELS`).
        page: Number from 1 of a file with several pages or frames.

    Returns:
        A `Picture`; use it in a `with` statement.

    Raises:
        ValueError: If the file is not a readable picture, has several pages and `page` is
            None, or is too large.
        OSError: If the file cannot be opened.

    Example:

    >>> with open_picture("photo.jpg") as picture:
    ...     pixels = picture.read(picture.height)
    """
    try:
        with _pixel_limit(max_pixels), Image.open(path) as image:
            _check_pages(image, page)
            return _open_rows(path, image, page) or picture_from_image(image)
    except Image.DecompressionBombError as error:
        limit = max_pixels or 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise ValueError(
            f"the picture has more than {limit} pixels, the limit that `max_pixels` raises"
        ) from error
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except Image.UnidentifiedImageError as error:
        raise ValueError("not a picture, or of an unknown format") from error
    except MemoryError as error:
        raise ValueError("the picture does not fit into memory") from error
    except ValueError:
        raise
    except Exception as error:
        # Damaged files raise whatever the decoder stumbles over.
        raise ValueError(f"damaged or unreadable: {error}") from error


@contextlib.contextmanager
def _pixel_limit(max_pixels):
    """Sets Pillow's limit, which is global, for the time of reading one file.

    Nor does Pillow warn of large pictures and damaged tags then: what matters is an error.
    """
    with warnings.catch_warnings(), _LIMIT_LOCK:
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS
        if max_pixels is not None:
            # Pillow refuses more than twice its limit.
            Image.MAX_IMAGE_PIXELS = max_pixels / 2
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _check_pages(image, page):
    pages = 1 if image.format in SINGLE_FORMATS else getattr(image, "n_frames", 1)
    if page is None and pages > 1:
        raise ValueError(f"holds {pages} pages or frames: `page` chooses one")
    if page is not None and not 1 <= page <= pages:
        raise ValueError(f"holds {pages} pages or frames, and no number {page}")
    if page is not None:
        image.seek(page - 1)


def _open_rows(path, image, page):
    """A picture from this package's own readers, where Pillow's do not do."""
    if image.format == "TIFF":
        file = TiffReader(path, page or 1)
    elif image.format == "PNG" and not image.is_animated:
        file = PngReader(path)
    else:
        return None
    try:
        deep = file.dtype == np.uint16
        large = file.height * file.width > STREAMED_PIXELS
        if not file.supports or not (deep or large):
            file.close()
            return None
        if image.getexif().get(ORIENTATION, 1) not in (1, None):
            rows = _orient(_read_all(file), image.getexif().get(ORIENTATION))
        elif file.samples in (2, 4):
            rows = _read_all(file)
        else:
            return Picture(file, file.samples, metadata=metadata_of(image))
    except Exception:
        file.close()
        raise
    colors = 3 if file.samples > 2 else 1
    alpha = rows[..., colors:] if file.samples > colors else None
    rows = rows[..., :colors]
    if alpha is not None and getattr(file, "premultiplied", False):
        rows = _divide_by_alpha(rows, alpha)
    return Picture(ArraySource(rows), colors, alpha, metadata_of(image))


def _read_all(file):
    with file:
        return file.read(file.height)


def _divide_by_alpha(pixels, alpha):
    peak = np.iinfo(pixels.dtype).max
    straight = pixels.astype(np.float64) * peak / np.maximum(alpha, 1)
    return np.rint(np.minimum(straight, peak)).astype(pixels.dtype)


def _orient(pixels, orientation):
    """Turns pixels upright (EXIF 2.3, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def picture_from_image(image):
    """Makes a picture of a Pillow image.

    Args:
        image: `PIL.Image.Image` of any mode.

    Returns:
        A `Picture` that holds the pixels.

    Raises:
        ValueError: If the values of an image of 32 bits do not fit into 16.

    Example:

    >>> picture = picture_from_image(Image.new("RGB", (20, 10)))
    """
    tables = getattr(image, "quantization", None)
    subsampling = JpegImagePlugin.get_sampling(image) if image.format == "JPEG" else -1
    image.load()
    upright = ImageOps.exif_transpose(image)
    upright.format = image.format
    metadata = metadata_of(upright)
    metadata.subsampling = subsampling if subsampling >= 0 else None
    metadata.quality = jpeg_quality(tables[0]) if tables else None
    mode, notes = upright.mode, []
    if mode.startswith("I;16") or mode in ("I", "F"):
        pixels = _deep_pixels(np.asarray(upright), notes)
        return Picture(ArraySource(pixels[..., None]), 1, None, metadata, notes)
    alpha = "transparency" in upright.info or mode in ("LA", "La", "PA", "RGBA", "RGBa")
    gray = mode in GRAY_MODES
    if mode not in (*GRAY_MODES, "P", "PA", "RGB", "RGBA", "RGBa", "RGBX"):
        notes.append(f"converted from {mode} to RGB")
        upright = _convert_to_srgb(upright, metadata)
    if mode in ("La", "RGBa"):
        upright = upright.convert(mode.upper())
    if mode in ("P", "PA"):
        upright = upright.convert("RGBA")
        notes.append("palette resolved")
    target = ("LA" if gray else "RGBA") if alpha else ("L" if gray else "RGB")
    pixels = np.asarray(upright if upright.mode == target else upright.convert(target))
    pixels = np.atleast_3d(pixels)
    colors = 1 if gray else 3
    transparency = pixels[..., colors:] if alpha else None
    return Picture(ArraySource(pixels[..., :colors]), colors, transparency, metadata, notes)


def _deep_pixels(values, notes):
    """Gray of more than 8 bits as uint16."""
    if np.issubdtype(values.dtype, np.floating):
        notes.append("float values stored with 16 bits")
        values = np.nan_to_num(values)
        values = np.rint(values * (65535.0 if values.max(initial=0.0) <= 1.0 else 1.0))
    if values.min() < 0 or values.max() > 65535:
        raise ValueError(f"has values from {values.min()} to {values.max()}, outside 16 bits")
    return values.astype(np.uint16)


def _convert_to_srgb(image, metadata):
    profile, metadata.icc_profile = metadata.icc_profile, None
    if profile and image.mode in ("CMYK", "LAB"):
        import io

        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
    return image.convert("RGB")
