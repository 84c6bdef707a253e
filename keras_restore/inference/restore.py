"""Restoring one picture."""

import os

import numpy as np
from PIL import Image

from keras_restore.inference.memory import most_pixels, parse_bytes
from keras_restore.inference.open_predictor import predictor_for
from keras_restore.inference.tiling import restore_rows
from keras_restore.ops import from_float, resize_bicubic, to_float
from keras_restore.pictures.array_source import ArraySource
from keras_restore.pictures.picture import Picture, open_picture, picture_from_image
from keras_restore.pictures.transparency import fill_transparent

INTEGERS = (np.uint8, np.uint16)
CHANNELS = ((), (1,), (2,), (3,), (4,))
# Noise is not clipped: a degraded float picture exceeds 1 somewhat.
MOST_FLOAT = 3.0


def restore(
    image,
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
):
    """Restores one picture of any size, tile by tile, with the whole picture's result.

    The model gets the picture as it is; nothing is added to it. An alpha channel passes
    through (enlarged bicubically where the model enlarges), and what transparent pixels hide
    has no influence on the visible ones.

    Args:
        image: Path of a picture, a Pillow image, or an array `(H, W)` or `(H, W, C)` with 1 or
            3 channels and perhaps alpha behind them, float in [0, 1], uint8 or uint16.
        model: A Keras model; the name of a shipped one; the path of a `.keras` or `.tflite`
            file, a SavedModel or a model's folder; "auto", the shipped model for the blocks
            of the picture or for its noise; or what `open_predictor` returned.
        tile: Side of the windows in pixels, "auto" for what the memory allows, or None for the
            whole picture at once.
        ensemble: Whether to average over the eight flips and rotations: eight times slower,
            usually 0.05 to 0.2 dB better.
        strength: From 0 (the picture as it is) to 1 (the model's full effect).
        memory: Budget as a number of bytes or a string such as "1.5G"; half of the free
            memory by default.
        color: How a gray model restores a colour picture: "channels", "luma", or None for
            what its card says.
        upscale: Factor to enlarge bicubically by before the network (SRCNN); None for what
            the card says.
        sigma: Noise level in grey levels of 255, 0 to 255, for a model that is told it: more takes
            more noise away, and more texture. An array `(height, width)` has every pixel's.
            "auto" estimates it, see `keras_restore.inference.estimate_sigma`.
        detail: From 0 to 1, how much texture is put back where what the model removed is more
            than the noise.
        engine, precision: See `open_predictor`.

    Returns:
        An array of the kind that came in, a float one not clipped; or a Pillow image for one
        or for a path (a uint16 array for a colour file of 16 bits, which Pillow cannot hold).

    Raises:
        ValueError: If the picture cannot be read, does not fit the model, or an option is out
            of range.

    Example:

    >>> restored = keras_restore.restore("photo.png", "xdncnn_gray_sigma25")
    """
    as_image = True
    if isinstance(image, (str, os.PathLike)):
        picture = open_picture(image)
    elif isinstance(image, Image.Image):
        picture = picture_from_image(image)
    else:
        image, as_image = np.asarray(image), False
        picture = _picture_from_array(image)
    with picture:
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
        restored = np.concatenate(list(restored_bands(picture, predictor, tile, memory)))
    if not as_image:
        return restored.reshape(*restored.shape[:2], *restored.shape[2 : image.ndim])
    if restored.dtype == np.uint16 and restored.shape[2] > 1:
        return restored
    restored = Image.fromarray(restored[..., 0] if restored.shape[2] == 1 else restored)
    restored.info.update(picture.metadata.as_info())
    return restored


def restored_bands(picture, predictor, tile="auto", memory=None, dtype=None, progress=None):
    """Restores a picture band by band, from top to bottom, alpha behind the colours.

    Args:
        picture: A `Picture`.
        predictor: One for its channels, see `predictor_for`.
        tile, memory: See `restore`.
        dtype: Of the result; None for the picture's own.
        progress: Called with the number of input pixels done since the last call.

    Yields:
        Arrays `(rows, scale * width, samples)`.

    Raises:
        ValueError: If an option is out of range, or the memory does not suffice.

    Example:

    >>> rows = next(restored_bands(picture, open_predictor("xdncnn_color_blind")))
    """
    dtype = np.dtype(dtype or picture.dtype)
    tiling = _tiling(picture, predictor, tile, memory)
    beside = getattr(predictor, "beside", None)
    if picture.alpha is None:
        source = picture if beside is None else _WithChannels(picture, beside)
        yield from restore_rows(source, predictor, dtype, progress=progress, **tiling)
        return
    pixels = picture.read(picture.height)
    source = ArraySource(fill_transparent(pixels, picture.alpha))
    source = source if beside is None else _WithChannels(source, beside)
    alpha = picture.alpha
    if predictor.scale != 1:
        alpha = resize_bicubic(to_float(alpha), scale=predictor.scale)
    done = 0
    for band in restore_rows(source, predictor, dtype, progress=progress, **tiling):
        part = slice(done, done + len(band))
        if predictor.scale == 1:
            # Hidden colours stay as they were.
            band = np.where(alpha[part] == 0, _convert(pixels[part], dtype), band)
        yield np.concatenate([band, _convert(alpha[part], dtype)], axis=2)
        done += len(band)


class _WithChannels:
    """The rows of a source, and behind its colours those of an array."""

    def __init__(self, source, beside):
        self.source = source
        self.beside = ArraySource(beside)
        self.height, self.width = source.height, source.width
        self.dtype = np.dtype(np.float32)

    def read(self, count):
        return np.concatenate([to_float(self.source.read(count)), self.beside.read(count)], axis=2)


def _convert(values, dtype):
    return values if values.dtype == dtype else from_float(to_float(values), dtype)


def _tiling(picture, predictor, tile, memory):
    """The arguments `tile` and `most_pixels` of `restore_rows` for the user's options."""
    if tile is None:
        return {"tile": max(picture.height, picture.width)}
    if tile != "auto" and (not isinstance(tile, int) or tile < 1):
        raise ValueError(
            f"`tile` must be 'auto', None or a positive integer. Received: tile={tile!r}"
        )
    if tile != "auto":
        return {"tile": tile}
    budget = None if memory is None else parse_bytes(memory)
    return {"most_pixels": most_pixels(predictor, picture, budget)}


def _picture_from_array(array):
    if array.ndim not in (2, 3) or 0 in array.shape or array.shape[2:] not in CHANNELS:
        raise ValueError(
            "`image` must be of shape (height, width) or (height, width, 1 to 4). "
            f"Received: shape={array.shape}"
        )
    if array.dtype not in INTEGERS and not np.issubdtype(array.dtype, np.floating):
        raise ValueError(
            f"`image` must be float in [0, 1], uint8 or uint16. Received: dtype={array.dtype}"
        )
    if np.issubdtype(array.dtype, np.floating) and array.max() > MOST_FLOAT:
        raise ValueError(
            "`image` of a float type must be in [0, 1]; divide 8-bit values by 255. "
            f"Received: values up to {array.max():g}"
        )
    pixels = array.reshape(*array.shape[:2], -1)
    colors = 1 if pixels.shape[2] < 3 else 3
    alpha = pixels[..., colors:] if pixels.shape[2] > colors else None
    return Picture(ArraySource(pixels[..., :colors]), colors, alpha)
