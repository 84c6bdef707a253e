"""Restoring one picture's file to another file."""

import pathlib

from keras_restore.inference.open_predictor import predictor_for
from keras_restore.inference.restore import restored_bands
from keras_restore.pictures.picture import open_picture
from keras_restore.pictures.picture_writer import (
    QUALITY,
    PictureWriter,
    format_of,
    writable_dtype,
)


def restore_file(
    source,
    target,
    model,
    tile="auto",
    ensemble=False,
    strength=1.0,
    memory=None,
    color=None,
    upscale=None,
    sigma=None,
    detail=0.0,
    engine="auto",
    precision="float32",
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
        model, tile, ensemble, strength, memory, color, upscale, sigma, detail, engine,
        precision: See
            `keras_restore.restore`.
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

    >>> notes = restore_file("photo.jpg", "restored.png", "xdncnn_gray_sigma25")
    """
    target = pathlib.Path(target)
    file_format = format_of(target)
    if target.exists() and not overwrite:
        raise ValueError(f"{str(target)!r} exists already, and `overwrite` is False.")
    with open_picture(source, max_pixels, page) as picture:
        predictor = predictor_for(
            picture,
            model,
            sigma,
            detail,
            color=color,
            upscale=upscale,
            ensemble=ensemble,
            strength=strength,
            engine=engine,
            precision=precision,
        )
        dtype = writable_dtype(target, picture.dtype)
        if dtype != picture.dtype:
            picture.notes.append(f"rounded to the 8 bits of {file_format}")
        size = (picture.height * predictor.scale, picture.width * predictor.scale)
        samples = picture.channels + (picture.alpha is not None)
        with PictureWriter(target, *size, samples, dtype, picture.metadata, quality) as file:
            for band in restored_bands(picture, predictor, tile, memory, dtype, progress):
                file.write(band)
    return picture.notes
