"""What a program must know to run a model on tiles."""

from keras_restore.graph.keras_graph import output_names
from keras_restore.graph.receptive_field import receptive_field
from keras_restore.models.noise_level import takes_sigma
from keras_restore.restored_output import restored_output


def geometry(model):
    """Returns what a program must know to run a model on tiles.

    Args:
        model: A functional `keras.Model`.

    Returns:
        Dictionary of JSON values: `channels` of the picture, `scale` (output pixels per input
        pixel), `multiple` (tiles start at multiples of it), `halo` (input pixels on each side
        that a pixel depends on; None if it is the whole image), `value_range`, `takes_sigma`
        (whether the noise level is a second input) and, if there are several, `frames`, see
        `frames_of`.

    Raises:
        ValueError: If the model's receptive field cannot be derived.

    Example:

    >>> geometry(keras_restore.models.dncnn())["halo"]
    17
    """
    field = receptive_field(model)
    frames = frames_of(model)
    return {
        "channels": model.inputs[0].shape[-1] // frames,
        **({"frames": frames} if frames > 1 else {}),
        "scale": field.scale,
        "multiple": field.multiple,
        "halo": field.halo,
        "value_range": [0, 1],
        "takes_sigma": takes_sigma(model),
    }


def frames_of(model):
    """Returns how many frames of a clip, beside each other as channels, a model restores one from.

    Args:
        model: A functional `keras.Model`.

    Returns:
        The channels of the input by those of the restored image; 1 for a model of pictures.

    Example:

    >>> frames_of(keras_restore.models.xdncnn(3, frames=5))
    5
    """
    taken = model.inputs[0].shape[-1]
    made = restored_output(model.output, output_names(model)).shape[-1]
    return taken // made if made and taken % made == 0 else 1
