"""Restored pictures to files, complete or not at all."""

import contextlib
import pathlib

import numpy as np
from PIL import Image

from keras_restore.complete_path import complete_path
from keras_restore.pictures.metadata import Metadata
from keras_restore.pictures.picture import STREAMED_PIXELS
from keras_restore.pictures.png_writer import PngWriter
from keras_restore.pictures.tiff_writer import TiffWriter

FORMATS = {
    ".bmp": "BMP",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
DEEP_FORMATS = ("PNG", "TIFF")
ALPHA_FORMATS = ("PNG", "TIFF", "WEBP")
LARGEST_SIDE = {"JPEG": 65_535, "WEBP": 16_383}
QUALITY = 95


def format_of(path):
    """Returns the format that a path's suffix names, as Pillow calls it.

    Args:
        path: Path of a picture to write.

    Returns:
        A string such as "PNG".

    Raises:
        ValueError: If there is no such format.

    Example:

    >>> format_of("photo.jpg")
    'JPEG'
    """
    suffix = pathlib.Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(
            f"cannot write {suffix or 'a file without a suffix'}: "
            f"choose one of {', '.join(FORMATS)}"
        )
    return FORMATS[suffix]


def writable_dtype(path, dtype):
    """Returns the integer type closest to `dtype` that the format of a path can hold.

    Args:
        path: Path of a picture to write.
        dtype: uint8 or uint16.

    Returns:
        `dtype`, or uint8 where the format has no 16 bits.

    Raises:
        ValueError: If there is no such format.

    Example:

    >>> writable_dtype("photo.jpg", np.uint16)
    dtype('uint8')
    """
    return np.dtype(dtype if format_of(path) in DEEP_FORMATS else np.uint8)


class PictureWriter:
    """Writes the rows of a picture; the file appears under its name when it is complete.

    PNG and TIFF files of 16 bits per colour, large PNG files and all TIFF files are written in
    bands.

    Args:
        path: Path of the file; its suffix chooses the format.
        height, width: In pixels.
        samples: Values per pixel, 1 to 4, alpha behind the colours.
        dtype: uint8 or uint16; 16 bits for PNG and TIFF only.
        metadata: `Metadata`; None for none.
        quality: Of JPEG and WebP files, 1 to 100. JPEG keeps the chroma subsampling of a JPEG
            source; others are written without.

    Raises:
        ValueError: If the format cannot hold the picture.
        OSError: If the file cannot be written.

    Example:

    >>> with PictureWriter("restored.png", 100, 200, 3, np.uint8) as file:
    ...     file.write(rows)
    """

    def __init__(self, path, height, width, samples, dtype, metadata=None, quality=QUALITY):
        self.path = pathlib.Path(path)
        self._format = format_of(path)
        self._metadata = metadata = metadata or Metadata()
        self._quality = quality
        if samples in (2, 4) and self._format not in ALPHA_FORMATS:
            raise ValueError(
                f"the picture has transparency, which {self._format} cannot hold: write PNG, TIFF "
                "or WebP"
            )
        if dtype == np.uint16 and self._format not in DEEP_FORMATS:
            raise ValueError(f"{self._format} cannot hold 16 bits: write PNG or TIFF")
        if max(height, width) > LARGEST_SIDE.get(self._format, 2**31):
            raise ValueError(
                f"{self._format} holds at most {LARGEST_SIDE[self._format]} pixels per side; the "
                f"picture has {width} x {height}: write PNG or TIFF"
            )
        metadata.set_size(height, width)
        self._arguments = (height, width, samples, np.dtype(dtype), metadata)
        self._stream = self._pixels = None
        self._next = 0

    def __enter__(self):
        height, width, samples, dtype, _ = self._arguments
        deep_color = dtype == np.uint16 and samples > 1
        with contextlib.ExitStack() as stack:
            self._partial = stack.enter_context(complete_path(self.path))
            if self._format == "TIFF":
                self._stream = stack.enter_context(TiffWriter(self._partial, *self._arguments))
            elif self._format == "PNG" and (deep_color or height * width > STREAMED_PIXELS):
                self._stream = stack.enter_context(PngWriter(self._partial, *self._arguments))
            else:
                self._pixels = np.empty((height, width, samples), dtype)
                stack.push(self._save)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.__exit__(*error)

    def write(self, rows):
        """Appends `(count, width, samples)` of the picture's type."""
        if self._stream is not None:
            self._stream.write(rows)
        else:
            self._pixels[self._next : self._next + len(rows)] = rows
        self._next += len(rows)

    def _save(self, kind, *_):
        if kind is not None:
            return
        pixels = self._pixels
        image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
        options = self._metadata.as_info()
        if self._format == "JPEG":
            subsampling = self._metadata.subsampling or 0
            options |= {"quality": self._quality, "subsampling": subsampling, "optimize": True}
        elif self._format == "WEBP":
            options |= {"quality": self._quality, "exact": True}
        elif self._format == "BMP":
            options.pop("exif", None)
        image.save(self._partial, format=self._format, **options)
