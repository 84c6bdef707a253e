"""Restoring one picture's file to another file."""

import pathlib

import numpy as np

from keras_restore.inference.array_source import ArraySource
from keras_restore.inference.open_predictor import fit_predictor
from keras_restore.inference.picture import open_picture
from keras_restore.inference.picture_writer import DEEP_FORMATS, QUALITY, PictureWriter, format_of
from keras_restore.inference.restore import tile_options
from keras_restore.inference.tiling import restore_rows
from keras_restore.inference.transparency import fill_transparent
from keras_restore.ops import from_float, resize_bicubic, to_float


def restore_file(
    source,
    target,
    predictor,
    tile="auto",
    ensemble=False,
    strength=1.0,
    memory=None,
    color=None,
    upscale=None,
    quality=QUALITY,
    max_pixels=None,
    page=None,
    overwrite=False,
    progress=None,
):
    """Restores a file band by band; the result appears under its name when it is complete.

    16 bits stay 16 where the format of `target` has them; EXIF, ICC profile and resolution
    are kept; the result is upright.

    Args:
        source: Path of a picture.
        target: Path of the result; its suffix chooses the format.
        predictor: See `open_predictor`.
        tile, ensemble, strength, memory, color, upscale: See `keras_restore.restore`.
        quality: Of JPEG and WebP files, 1 to 100.
        max_pixels, page: See `open_picture`.
        overwrite: Whether an existing file is replaced.
        progress: Called with the number of input pixels done since the last call.

    Returns:
        List of notes: what had to be changed, in words.

    Raises:
        ValueError: If the picture cannot be read or restored, or `target` exists.
        OSError: If a file cannot be opened or written.

    Example:

    >>> notes = restore_file("photo.jpg", "restored.png", open_predictor("xdncnn_gray_sigma25"))
    """
    target = pathlib.Path(target)
    file_format = format_of(target)
    if target.exists() and not overwrite:
        raise ValueError(f"{str(target)!r} exists already (--overwrite replaces it)")
    options = {"tile": tile, "memory": memory}
    with open_picture(source, max_pixels, page) as picture:
        predictor = fit_predictor(predictor, picture.channels, color, upscale, ensemble, strength)
        notes, scale = picture.notes, predictor.scale
        dtype = picture.dtype
        if dtype == np.uint16 and file_format not in DEEP_FORMATS:
            dtype = np.dtype(np.uint8)
            notes.append(f"rounded to the 8 bits of {file_format}")
        rows, alpha = picture, picture.alpha
        if alpha is not None:
            pixels = picture.read(picture.height)
            rows = ArraySource(fill_transparent(pixels, alpha))
            large_alpha = alpha
            if scale != 1:
                large_alpha = resize_bicubic(to_float(alpha), scale=scale)
            large_alpha = from_float(to_float(large_alpha), dtype)
        samples = picture.channels + (alpha is not None)
        tiling = tile_options(predictor, picture, options)
        size = (picture.height * scale, picture.width * scale)
        writer = PictureWriter(target, *size, samples, dtype, picture.metadata, quality)
        with writer as file:
            done = 0
            for band in restore_rows(rows, predictor, dtype, progress=progress, **tiling):
                if alpha is not None:
                    part = slice(done, done + len(band))
                    if scale == 1:
                        hidden = from_float(to_float(pixels[part]), dtype)
                        band = np.where(alpha[part] == 0, hidden, band)
                    band = np.concatenate([band, large_alpha[part]], axis=2)
                file.write(band)
                done += len(band)
    return notes
