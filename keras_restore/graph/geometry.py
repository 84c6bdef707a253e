"""What a program must know to run a model on tiles."""

from keras_restore.graph.receptive_field import receptive_field
from keras_restore.models.noise_level import takes_sigma


def geometry(model):
    """Returns what a program must know to run a model on tiles.

    Args:
        model: A functional `keras.Model`.

    Returns:
        Dictionary of JSON values: `channels` of the input, `scale` (output pixels per input
        pixel), `multiple` (tiles start at multiples of it), `halo` (input pixels on each side
        that a pixel depends on; None if it is the whole image), `value_range` and `takes_sigma`
        (whether the noise level is a second input).

    Raises:
        ValueError: If the model's receptive field cannot be derived.

    Example:

    >>> geometry(keras_restore.models.dncnn())["halo"]
    17
    """
    field = receptive_field(model)
    return {
        "channels": int(model.inputs[0].shape[-1]),
        "scale": field.scale,
        "multiple": field.multiple,
        "halo": field.halo,
        "value_range": [0, 1],
        "takes_sigma": takes_sigma(model),
    }
