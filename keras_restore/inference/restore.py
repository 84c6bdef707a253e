"""Restoring one picture."""

import pathlib

import numpy as np
from PIL import Image

from keras_restore.inference.load import load


def restore(image, model):
    """Restores one picture.

    Args:
        image: Path, Pillow image, or array `(H, W)` or `(H, W, C)`, float in [0, 1] or an
            unsigned integer type.
        model: A Keras model, or the name or path of one.

    Returns:
        The restored picture: an array of the kind that came in, otherwise a Pillow image.

    Raises:
        ValueError: If the picture does not fit the model.

    Example:

    >>> restored = keras_restore.restore("photo.png", "xdncnn_gray_sigma25")
    """
    if isinstance(model, (str, pathlib.Path)):
        model = load(model)
    if isinstance(image, (str, pathlib.Path)):
        image = Image.open(image)
    if isinstance(image, Image.Image):
        if image.mode not in ("L", "RGB"):
            image = image.convert("RGB")
        return Image.fromarray(restore(np.asarray(image), model))
    array = np.asarray(image)
    peak = np.iinfo(array.dtype).max if np.issubdtype(array.dtype, np.integer) else 1
    pixels = np.atleast_3d(array).astype(np.float32) / np.float32(peak)
    channels = model.input_shape[-1]
    if channels == 1:
        batch = np.moveaxis(pixels, 2, 0)[..., None]
        restored = np.concatenate([np.asarray(model(b[None])) for b in batch], axis=-1)[0]
    elif pixels.shape[2] == channels:
        restored = np.asarray(model(pixels[None]))[0]
    else:
        raise ValueError(f"`image` must have {channels} channels. Received: shape={array.shape}")
    if peak != 1:
        restored = np.rint(np.clip(restored, 0.0, 1.0) * peak)
    return restored.reshape(restored.shape[:2] + array.shape[2:]).astype(array.dtype)
