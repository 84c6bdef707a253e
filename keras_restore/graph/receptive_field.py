"""Scale, size multiple and receptive field of a model, derived from its graph."""

import dataclasses
import math

from keras_restore.graph.keras_graph import check_one_image, output_names
from keras_restore.graph.plane import Axis, Plane
from keras_restore.graph.rules import see
from keras_restore.restored_output import restored_output


@dataclasses.dataclass(frozen=True)
class ReceptiveField:
    """What an exact tiling has to know of a network.

    Attributes:
        scale: Output pixels per input pixel, along height and width.
        multiple: The network does the same to a picture shifted by `multiple` input pixels
            (away from the borders), so tiles start at multiples of it.
        halo: The number of input pixels, on each side of a pixel, that its restored values
            depend on; None if they depend on the whole picture.
        sides: The exact `(top, bottom, left, right)`, of which `halo` is the largest; None
            if the values depend on the whole picture.
    """

    scale: int
    multiple: int
    halo: int | None
    sides: tuple | None


def receptive_field(model):
    """Derives scale, size multiple and receptive field from the graph of a model.

    Every tensor of the graph is described by the interval of input rows (and columns) that
    each of its rows sees. A strided or transposed layer makes this interval depend on the
    row's position within a period, so intervals are computed row by row, over one whole period
    of the output, and the result is exact (up to weights that are zero).

    Args:
        model: A functional or sequential `keras.Model` of `keras_restore.layers`, Keras
            convolutions (strided, dilated, depthwise, separable, transposed), poolings,
            upsamplings, paddings, croppings, activations, normalisations and element-wise
            operations; layers of yours by `register_rule`. Nested models are entered. Of several
            outputs the one named "restored" is taken; beside the image it may take a "sigma".

    Returns:
        A `ReceptiveField`. A model with a global operation (a global pooling, a group
        normalisation) has the halo None.

    Raises:
        ValueError: If the model holds a layer of another kind, or does not return an image
            of `scale` times the size of its input.

    Example:

    >>> receptive_field(keras_restore.models.dncnn(depth=17)).halo
    17
    """
    check_one_image(model)
    multiples = []
    start = Axis.of_input(multiples)
    planes = [Plane(start, start)] * len(model.inputs)
    output = restored_output(see(model, *planes), output_names(model))
    if output.problem:
        raise ValueError(output.problem)
    axes = (output.rows, output.columns)
    scales = {axis.scale for axis in axes}
    if len(scales) != 1 or None in scales or min(scales).denominator != 1:
        raise ValueError(
            f"`model` must return an image of an integer multiple of its input's size. "
            f"Received: model={model.name!r}"
        )
    scale = int(scales.pop())
    multiple = math.lcm(*multiples)
    sides = []
    for axis in axes:
        before = after = 0
        for row in range(multiple * scale):
            low, high = axis.sees(row)
            before, after = max(before, row // scale - low), max(after, high - row // scale)
        sides += [before, after]
    if math.inf in sides:
        return ReceptiveField(scale, multiple, None, None)
    return ReceptiveField(scale, multiple, max(sides), tuple(sides))
