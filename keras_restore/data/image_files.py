"""Image files to arrays, whatever their mode and bit depth."""

import pathlib

import numpy as np

from keras_restore.ops import from_float
from keras_restore.pictures import open_picture

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
# BT.601 in units of 1/65536, as Pillow rounds it.
LUMA_WEIGHTS = np.array([19595, 38470, 7471], np.uint32)


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
    """Reads the pixels of an image file, upright and at its bit depth.

    The file is read by `keras_restore.pictures.open_picture`; of several pages the first
    counts, and an alpha channel is dropped. Gray is the BT.601 luma of a colour image; RGB of a
    gray image repeats it.

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
        with open_picture(path, page=1) as picture:
            pixels = picture.read(picture.height)
    except FileNotFoundError:
        raise
    except (ValueError, OSError) as error:
        raise ValueError(f"{str(path)!r} is not a readable image: {error}") from error
    if channels == 3 and pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    if channels == 1 and pixels.shape[2] == 3:
        luma = pixels @ LUMA_WEIGHTS + np.uint32(1 << 15)
        return (luma >> 16).astype(pixels.dtype)[..., None]
    return pixels


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
