"""From whatever names a model to a predictor."""

import functools
import importlib.util
import os

import numpy as np

from keras_restore.inference.blocks import nearest_deblocker
from keras_restore.inference.engines import ENGINES
from keras_restore.inference.estimate_sigma import certainty
from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.inference.noise_level import nearest_denoiser, sigma_of
from keras_restore.inference.openvino_predictor import OpenVINOPredictor
from keras_restore.inference.predictor import Predictor
from keras_restore.inference.shipped_models import find_model, forms, shipped_models
from keras_restore.inference.wrappers import (
    Blend,
    KeepDetail,
    LumaOnly,
    PerChannel,
    SelfEnsemble,
    ToldSigma,
    Upscaled,
    WithNeighbors,
)
from keras_restore.machine import has_gpu

AUTO = "auto"
COLOR_MODES = ("channels", "luma")


def open_predictor(model, engine=AUTO, precision="float32"):
    """Makes the predictor that runs a model.

    The last few Keras models and shipped models stay open, so that their graphs are traced
    once.

    Args:
        model: A Keras model; the name of a shipped model; the path of a `.keras` file, a
            `.tflite` file, a `.onnx` file, a SavedModel or a folder of the form of
            `savedmodels/<name>/`; or a predictor, which keeps its own precision.
        engine: "keras", "litert", "saved_model", "onnx", "openvino" or the `NAME` of a registered
            one; "auto" for the engine whose file it is, and of a folder the fastest that is
            installed: OpenVINO, where there is no graphics card, then Keras, then LiteRT.
        precision: "float32", which all engines compute alike to 1e-5; or "bfloat16", which
            some processors do twice as fast, by OpenVINO.

    Returns:
        A `Predictor`.

    Raises:
        ValueError: If there is no such model, or the engine cannot run it in this precision.
        ImportError: If the engine that runs it is not installed.

    Example:

    >>> predictor = open_predictor("xdncnn_gray_sigma25", engine="litert")
    """
    names = [each.NAME for each in ENGINES if each.NAME is not None]
    if engine not in (AUTO, *names):
        raise ValueError(f"`engine` must be one of {(AUTO, *names)}. Received: engine={engine!r}")
    if isinstance(model, Predictor):
        if engine not in (AUTO, model.NAME) or precision not in ("float32", model.precision):
            raise ValueError(
                f"`model` is opened already, by engine {model.NAME!r} in {model.precision}. "
                f"Received: engine={engine!r}, precision={precision!r}"
            )
        return model
    if not isinstance(model, (str, os.PathLike)) or str(model) in shipped_models():
        return _kept_open(model, engine, precision)
    return _open(find_model(model), engine, precision)


@functools.lru_cache(maxsize=4)
def _kept_open(model, engine, precision):
    if isinstance(model, (str, os.PathLike)):
        return _open(find_model(model), engine, precision)
    if engine not in (AUTO, KerasPredictor.NAME) or precision not in KerasPredictor.PRECISIONS:
        raise ValueError(
            "A Keras model in memory is run by Keras, in float32; other engines read what "
            f"`keras_restore.export` writes. Received: engine={engine!r}, precision={precision!r}"
        )
    return KerasPredictor(model)


def _open(path, engine, precision):
    able = [(each, path) for each in ENGINES if each.reads(path)] or sorted(
        forms(path), key=lambda pair: pair[0] is not OpenVINOPredictor or has_gpu()
    )
    able = [(each, file) for each, file in able if engine in (AUTO, each.NAME)]
    if not able:
        raise ValueError(
            f"`engine` must be 'auto' or one that reads {str(path)!r}. Received: engine={engine!r}"
        )
    able = [(each, file) for each, file in able if precision in each.PRECISIONS]
    if not able:
        raise ValueError(
            f"`precision` must be one that the engine has for {str(path)!r}; float32 all have. "
            f"Received: engine={engine!r}, precision={precision!r}"
        )
    installed = [pair for pair in able if all(map(importlib.util.find_spec, pair[0].NEEDS))]
    able = installed or able[:1]
    for i, (each, file) in enumerate(able, 1):
        try:
            predictor = each(file) if precision == "float32" else each(file, precision=precision)
        except ValueError:
            # The next one may have the operation that this one lacks.
            if i == len(able):
                raise
            continue
        predictor.path = file
        return predictor


def predictor_for(
    picture,
    model,
    sigma=None,
    detail=0.0,
    found=None,
    engine=AUTO,
    precision="float32",
    **options,
):
    """Makes the predictor that restores one picture with the chosen options.

    Args:
        picture: A `Picture`.
        model: See `open_predictor`; or "auto", the shipped model for the picture's blocks, if it is
            a JPEG file of low quality (see `nearest_deblocker`), or the denoiser for its noise.
        sigma: See `fit_predictor`; "auto" to estimate it and to trust it as far as `certainty`
            says, which a model chosen by "auto" does without a word as well.
        detail: See `fit_predictor`; the noise is estimated where the model is not told it.
        found: Noise level of the picture in grey levels of 255; None to estimate it where it is
            needed.
        engine, precision: See `open_predictor`.
        options: The others of `fit_predictor`.

    Returns:
        A predictor for the picture's channels.

    Raises:
        ValueError: See `open_predictor` and `fit_predictor`.

    Example:

    >>> predictor = predictor_for(picture, "xdncnn_color_blind", ensemble=True)
    """
    size = picture.height, picture.width
    if isinstance(sigma, np.ndarray) and sigma.ndim == 2 and sigma.shape != size:
        raise ValueError(
            f"`sigma` must be a number, or a map of the picture's size {size}. "
            f"Received: a map of shape {sigma.shape}"
        )
    chosen = isinstance(model, str) and model == AUTO
    asked = isinstance(sigma, str) and sigma == AUTO
    quality, blocks = picture.metadata.quality, None
    if chosen and sigma is None:
        blocks = nearest_deblocker(quality, picture.channels)
    if blocks:
        model = blocks
        picture.notes.append(f"JPEG quality about {quality}: model {model}")
    elif chosen:
        found = sigma_of(picture) if found is None else found
        model = nearest_denoiser(found, picture.channels)
        picture.notes.append(f"noise sigma about {found:.1f}: model {model}")
    predictor = open_predictor(model, engine, precision)
    tell = predictor.takes_sigma and (asked or (chosen and sigma is None))
    noise = sigma
    if tell or (detail and sigma is None):
        if blocks or not chosen:
            found = sigma_of(picture) if found is None else found
            picture.notes.append(f"noise sigma about {found:.1f}")
        noise = found
    if tell:
        sigma = noise
    predictor = fit_predictor(
        predictor, picture.channels, sigma=sigma, detail=detail, noise=noise, **options
    )
    share = certainty(noise) if tell else 1.0
    return predictor if share == 1 else Blend(predictor, share)


def fit_predictor(
    predictor,
    channels,
    color=None,
    upscale=None,
    ensemble=False,
    strength=1.0,
    sigma=None,
    detail=0.0,
    noise=None,
    neighbors=(),
):
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
        sigma: Noise level in grey levels of 255, for a model that takes it; see `ToldSigma`.
        detail: From 0 to 1, see `KeepDetail`.
        noise: Noise level of the picture, for `detail`.
        neighbors: The frames of a clip around the picture, for a model of several `frames`; see
            `WithNeighbors`.

    Returns:
        A predictor for `channels` channels.

    Raises:
        ValueError: If the model does not fit the picture or an option is out of range.

    Example:

    >>> predictor = fit_predictor(open_predictor(model), channels=3, ensemble=True)
    """
    color = predictor.card.color if color is None else color
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
    if predictor.frames != 1 + len(neighbors):
        raise ValueError(
            f"The model restores a frame of a clip from {predictor.frames} that follow each other. "
            f"Received: a picture with {len(neighbors)} others around it"
        )
    if predictor.takes_sigma and sigma is None:
        raise ValueError(
            "`sigma` must be given, a number or 'auto' to estimate it: the model is told the noise "
            "level."
        )
    if sigma is not None:
        predictor = ToldSigma(predictor, sigma)
    if neighbors:
        predictor = WithNeighbors(predictor, neighbors)
    upscale = predictor.card.upscale if upscale is None else upscale
    if upscale not in (None, 1):
        predictor = Upscaled(predictor, upscale)
    if ensemble:
        predictor = SelfEnsemble(predictor)
    if predictor.channels == 1 and channels == 3:
        luma = color == "luma" or (color is None and predictor.scale != 1)
        predictor = LumaOnly(predictor) if luma else PerChannel(predictor)
    if detail:
        predictor = KeepDetail(predictor, detail, noise)
    return predictor if strength == 1 else Blend(predictor, strength)
