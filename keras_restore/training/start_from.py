"""Starting weights from a network that is trained already."""

import pathlib

import keras
import numpy as np

from keras_restore.inference.keras_predictor import load_file
from keras_restore.models.noise_level import takes_sigma


def start_from(model, path, sigma=None):
    """Copies the weights of a `.keras` file into a model of the same structure.

    A kernel of the model may take further input channels, such as a noise-level map that the
    other network does not know: those start at zero, so that the model starts as the other one. A
    model that is not told the noise level starts as one that is told `sigma` (but for the outermost
    pixels, around which the map is zero).

    Args:
        model: A `keras.Model`.
        path: Path of a `.keras` file.
        sigma: Noise level in grey levels of 255, for a network that is told it and a model that is
            not.

    Raises:
        ValueError: If the file is no `.keras` file that exists, or its weights do not fit; the
            model is left as it was.

    Example:

    >>> model = keras_restore.models.fxdncnn(3)
    >>> start_from(model, "savedmodels/xdncnn_color_blind/model.keras")
    """
    path = pathlib.Path(path)
    if path.suffix != ".keras" or not path.is_file():
        raise ValueError(f"`path` must be a .keras file that exists. Received: {str(path)!r}")
    source = load_file(path)
    if len(source.weights) != len(model.weights):
        raise ValueError(
            f"{str(path)!r} must have the {len(model.weights)} weights of {model.name}. "
            f"Received: {len(source.weights)} weights"
        )
    values = [keras.ops.convert_to_numpy(weight) for weight in source.weights]
    if takes_sigma(source) and not takes_sigma(model):
        values = _told(values, sigma, path)
    values = [
        _fitted(value, variable.shape)
        for value, variable in zip(values, model.weights, strict=True)
    ]
    for weight, variable, value in zip(source.weights, model.weights, values, strict=True):
        if value is None:
            raise ValueError(
                f"{str(path)!r} must fit {model.name}, whose {variable.path} has the shape "
                f"{tuple(variable.shape)}. Received: {weight.path} of {tuple(weight.shape)}"
            )
    for variable, value in zip(model.weights, values, strict=True):
        variable.assign(value)


def _told(values, sigma, path):
    """The weights with the noise level, the last channel of the first kernel, in the bias."""
    if np.ndim(sigma) or sigma is None:
        raise ValueError(
            f"`sigma` must be one noise level: {str(path)!r} is told it, and the model is not. "
            f"Received: sigma={sigma}"
        )
    kernel, bias, *others = values
    return [kernel[:, :, :-1], bias + sigma / 255 * kernel[:, :, -1].sum((0, 1)), *others]


def _fitted(value, shape):
    """The value with zeros for further input channels of a kernel, or None if it does not fit."""
    shape = tuple(shape)
    if value.shape == shape:
        return value
    if value.ndim != 4 or len(shape) != 4:
        return None
    further = shape[2] - value.shape[2]
    if further < 0 or value.shape[:2] + value.shape[3:] != shape[:2] + shape[3:]:
        return None
    return np.pad(value, ((0, 0), (0, 0), (0, further), (0, 0)))
