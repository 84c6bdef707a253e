"""From whatever names a model to a predictor."""

import importlib.util
import os

from keras_restore.inference.blend import Blend
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.luma_only import LumaOnly
from keras_restore.inference.per_channel import PerChannel
from keras_restore.inference.self_ensemble import SelfEnsemble
from keras_restore.inference.shipped_models import LITERT_FILE, MODEL_FILE, find_model
from keras_restore.inference.upscaled import Upscaled

COLOR_MODES = ("channels", "luma")


def open_predictor(model):
    """Makes the predictor that runs a model.

    Args:
        model: A Keras model; the name of a shipped model; the path of a `.keras` file, a
            `.tflite` file, a SavedModel or a folder of the form of `savedmodels/<name>/` (its
            LiteRT file is taken where TensorFlow and Keras are not installed); or a predictor.

    Returns:
        An object as `keras_restore.inference.tiling.restore_rows` takes it.

    Raises:
        ValueError: If there is no such model, or its geometry cannot be told.

    Example:

    >>> predictor = open_predictor("xdncnn_gray_sigma25")
    """
    if not isinstance(model, (str, os.PathLike)):
        return model if hasattr(model, "bytes_per_pixel") else _keras_predictor(model)
    path = find_model(model)
    if path.suffix == ".tflite":
        return LiteRTPredictor(path)
    if path.is_dir() and (path / "saved_model.pb").is_file():
        from keras_restore.inference.saved_model_predictor import SavedModelPredictor

        return SavedModelPredictor(path)
    if path.is_dir() and (path / LITERT_FILE).is_file():
        installed = all(importlib.util.find_spec(name) for name in ("keras", "tensorflow"))
        if not installed or not (path / MODEL_FILE).is_file():
            return LiteRTPredictor(path / LITERT_FILE)
    from keras_restore.inference.load import load

    return _keras_predictor(load(path))


def _keras_predictor(model):
    """One predictor a model, so that its graph is traced once."""
    from keras_restore.inference.keras_predictor import KerasPredictor

    known = getattr(model, "_keras_restore_predictor", None)
    if known is None:
        known = KerasPredictor(model)
        object.__setattr__(model, "_keras_restore_predictor", known)
    return known


def fit_predictor(predictor, channels, color=None, upscale=None, ensemble=False, strength=1.0):
    """Wraps a predictor for pictures of `channels` channels and the chosen options.

    Args:
        predictor: See `open_predictor`.
        channels: Of the picture, 1 or 3.
        color: How a gray model restores a colour picture: "channels" (each one), "luma" (it
            alone; chroma is enlarged bicubically where the model enlarges), or None for what
            the model's card says under `color`; without a word there, "luma" for models that
            enlarge and "channels" for all others.
        upscale: Factor to enlarge bicubically by before the network; None for what the card
            says under `upscale`.
        ensemble: Whether to average over the eight flips and rotations.
        strength: From 0 to 1, see `Blend`.

    Returns:
        A predictor for `channels` channels.

    Raises:
        ValueError: If the model does not fit the picture or an option is out of range.

    Example:

    >>> predictor = fit_predictor(open_predictor(model), channels=3, ensemble=True)
    """
    color = predictor.card.get("color") if color is None else color
    if color not in (None, *COLOR_MODES):
        raise ValueError(f"`color` must be one of {COLOR_MODES}. Received: color={color!r}")
    if predictor.channels not in (1, 3):
        raise ValueError(
            f"The model must take pictures of 1 or 3 channels; it takes {predictor.channels}."
        )
    if predictor.channels == 3 and channels == 1:
        raise ValueError(
            "The model is for colour pictures (3 channels) and the picture is gray: choose a gray "
            "model, or convert the picture to RGB."
        )
    upscale = predictor.card.get("upscale") if upscale is None else upscale
    if upscale not in (None, 1):
        predictor = Upscaled(predictor, upscale)
    if ensemble:
        predictor = SelfEnsemble(predictor)
    if predictor.channels == 1 and channels == 3:
        luma = color == "luma" or (color is None and predictor.scale != 1)
        predictor = LumaOnly(predictor) if luma else PerChannel(predictor)
    return predictor if strength == 1 else Blend(predictor, strength)
