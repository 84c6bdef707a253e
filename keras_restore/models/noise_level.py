"""The inputs of networks that are told the noise level."""

import keras

from keras_restore.layers import NoiseLevelMap


def noise_level_inputs(channels):
    """Makes the inputs of a network that is told the noise level.

    Args:
        channels: Of the image.

    Returns:
        The dictionary of the inputs "degraded" and "sigma", see `NoiseLevelMap`, and the Keras
        tensor of the image with the map behind it.
    """
    inputs = {
        "degraded": keras.Input((None, None, channels), name="degraded"),
        "sigma": keras.Input((None, None, 1), name="sigma"),
    }
    return inputs, NoiseLevelMap(name="noise_level_map")([inputs["degraded"], inputs["sigma"]])


def takes_sigma(model):
    """Tells whether a network has an input for the noise level beside the image.

    Args:
        model: A functional `keras.Model`.

    Example:

    >>> takes_sigma(keras_restore.models.fdncnn())
    True
    """
    return [tensor.name for tensor in model.inputs] == ["degraded", "sigma"]
