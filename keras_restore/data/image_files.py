"""Image files to arrays, whatever their mode and bit depth."""

import pathlib

import numpy as np
from PIL import Image, ImageOps

from keras_restore.ops import from_float

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
# Pillow's modes of more than 8 bits a channel.
DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")


def list_files(folder):
    """Lists all files below a folder but hidden ones, sorted by path.

    Args:
        folder: Path of a folder.

    Returns:
        List of `pathlib.Path`.

    Raises:
        FileNotFoundError: If the folder does not exist.

    Example:

    >>> files = list_files("photos")
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {str(folder)!r}.")
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )


def list_images(folder):
    """Lists the image files below a folder, by their suffix, sorted by path.

    Args:
        folder: Path of a folder.

    Returns:
        List of `pathlib.Path`.

    Raises:
        FileNotFoundError: If the folder does not exist.

    Example:

    >>> files = list_images("photos")
    """
    return [path for path in list_files(folder) if path.suffix.lower() in SUFFIXES]


def read_image(path, channels=None):
    """Reads an image file of any Pillow mode, upright, at its bit depth.

    The EXIF orientation is applied. An alpha channel is dropped, a palette resolved, CMYK
    and other colour spaces converted to RGB. Gray is the BT.601 luma of a colour image; RGB
    of a gray image repeats it.

    Args:
        path: Path of the file.
        channels: 1 or 3, or None for what the file has.

    Returns:
        `(height, width, channels)` array, uint8, or uint16 for a file of more bits.

    Raises:
        ValueError: If the file is not a readable image; the message names it and the reason.

    Example:

    >>> pixels = read_image("photo.jpg", channels=3)
    """
    if channels not in (None, 1, 3):
        raise ValueError(f"`channels` must be 1, 3 or None. Received: channels={channels}")
    try:
        with Image.open(path) as file:
            file.load()
            image = ImageOps.exif_transpose(file)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{str(path)!r} is not a readable image: {error}") from error
    if image.mode in DEEP_MODES:
        pixels = _to_uint16(np.asarray(image))[..., None]
        return np.repeat(pixels, 3, axis=2) if channels == 3 else pixels
    if channels is None:
        channels = 1 if image.mode in ("1", "L", "LA", "La") else 3
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA").convert("RGB")
    pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return pixels[..., None] if channels == 1 else pixels


def to_uint8(image):
    """Rounds a float image in [0, 1] to 8 bits, clipping what lies outside.

    Args:
        image: float array.

    Returns:
        uint8 array of the same shape.

    Example:

    >>> pixels = to_uint8(restored)
    """
    return from_float(image, np.uint8)


def _to_uint16(values):
    """16-bit integers pass; a float file is taken as [0, 1] or, if larger, as grey levels."""
    if np.issubdtype(values.dtype, np.floating):
        scale = 65535.0 if values.max(initial=0.0) <= 1.0 else 1.0
        values = np.rint(values * scale)
    return np.clip(values, 0, 65535).astype(np.uint16)
