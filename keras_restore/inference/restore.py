"""Restoring one picture."""

import os

import numpy as np
from PIL import Image

from keras_restore.inference.array_source import ArraySource
from keras_restore.inference.memory import most_pixels, parse_bytes
from keras_restore.inference.open_predictor import fit_predictor, open_predictor
from keras_restore.inference.picture import open_picture, picture_from_image
from keras_restore.inference.tiling import restore_rows
from keras_restore.inference.transparency import fill_transparent
from keras_restore.ops import from_float, resize_bicubic, to_float

INTEGERS = (np.uint8, np.uint16)
CHANNELS = ((), (1,), (2,), (3,), (4,))
# Noise is not clipped: a degraded float picture exceeds 1 somewhat.
MOST_FLOAT = 3.0


def restore(
    image, model, tile="auto", ensemble=False, strength=1.0, memory=None, color=None, upscale=None
):
    """Restores one picture of any size, tile by tile, with the whole picture's result.

    The model gets the picture as it is; nothing is added to it. An alpha channel passes
    through (enlarged bicubically where the model enlarges), and what transparent pixels hide
    has no influence on the visible ones.

    Args:
        image: Path of a picture, a Pillow image, or an array `(H, W)` or `(H, W, C)` with 1 or
            3 channels and perhaps alpha behind them, float in [0, 1], uint8 or uint16.
        model: A Keras model; the name of a shipped one; the path of a `.keras` or `.tflite`
            file, a SavedModel or a model's folder; or what `open_predictor` returned.
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

    Returns:
        An array of the kind that came in, a float one not clipped; or a Pillow image for one
        or for a path (a uint16 array for a colour file of 16 bits, which Pillow cannot hold).

    Raises:
        ValueError: If the picture cannot be read, does not fit the model, or an option is out
            of range.

    Example:

    >>> restored = keras_restore.restore("photo.png", "xdncnn_gray_sigma25")
    """
    options = {"tile": tile, "ensemble": ensemble, "strength": strength, "memory": memory}
    options |= {"color": color, "upscale": upscale}
    predictor = open_predictor(model)
    if isinstance(image, (str, os.PathLike)):
        return _restore_picture(open_picture(image), predictor, options)
    if isinstance(image, Image.Image):
        return _restore_picture(picture_from_image(image), predictor, options)
    return _restore_array(np.asarray(image), predictor, options)


def _restore_picture(picture, predictor, options):
    with picture:
        array = picture.read(picture.height)
        if picture.alpha is not None:
            array = np.concatenate([array, picture.alpha], axis=2)
    restored = _restore_array(array, predictor, options)
    if restored.dtype == np.uint16:
        return restored if restored.shape[2] > 1 else Image.fromarray(restored[..., 0])
    image = Image.fromarray(restored[..., 0] if restored.shape[2] == 1 else restored)
    image.info.update(picture.metadata.as_info())
    return image


def _restore_array(array, predictor, options):
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
    predictor = fit_predictor(
        predictor,
        colors,
        options["color"],
        options["upscale"],
        options["ensemble"],
        options["strength"],
    )
    pixels = pixels[..., :colors]
    filled = pixels if alpha is None else fill_transparent(pixels, alpha)
    source = ArraySource(filled)
    restored = np.concatenate(
        list(
            restore_rows(source, predictor, array.dtype, **tile_options(predictor, source, options))
        )
    )
    if alpha is not None:
        restored = join_alpha(restored, pixels, alpha, predictor.scale)
    return restored.reshape(*restored.shape[:2], *restored.shape[2 : array.ndim])


def tile_options(predictor, source, options):
    """The arguments `tile` and `most_pixels` of `restore_rows` for the user's options."""
    tile, memory = options["tile"], options["memory"]
    if tile is None:
        return {"tile": max(source.height, source.width)}
    if tile != "auto" and (not isinstance(tile, int) or tile < 1):
        raise ValueError(
            f"`tile` must be 'auto', None or a positive integer. Received: tile={tile!r}"
        )
    if tile != "auto":
        return {"tile": tile}
    budget = None if memory is None else parse_bytes(memory)
    return {"most_pixels": most_pixels(predictor, source, budget)}


def join_alpha(restored, pixels, alpha, scale):
    """Puts the alpha channel behind the restored colours; hidden colours stay as they were."""
    if scale == 1:
        colors = np.where(alpha == 0, pixels, restored)
        return np.concatenate([colors, alpha], axis=2)
    large = resize_bicubic(to_float(alpha), scale=scale)
    return np.concatenate([restored, from_float(large, restored.dtype)], axis=2)
