"""The function of a model as a TensorFlow graph that converts well."""

import dataclasses

import tensorflow as tf

from keras_restore.export.float32_copy import float32_copy
from keras_restore.export.lowering import primitives
from keras_restore.export.lowering.equalize import (
    affine_as_filters,
    equalize,
    input_means,
    limit_gates,
)
from keras_restore.export.lowering.expand import expand
from keras_restore.export.lowering.simplify import (
    fold,
    interleaved_by_transposition,
    split,
    topological,
)


def lower(model, split_filters=True):
    """Lowers a model: the same function, of operations that LiteRT runs fast.

    Batch normalisations are folded where that is exact, borders included. Depthwise filters
    above 5x5 are split into dilated ones of at most 5x5, since LiteRT's kernels are slow beyond
    25 taps. The Gaussian gate is written with multiplications and transposed convolutions as
    convolutions, because their integer kernels exist and their shapes stay known.

    Args:
        model: A functional `keras.Model` of `keras_restore.layers` and Keras layers. It is not
            changed; one in mixed precision is lowered in float32.
        split_filters: Whether large depthwise filters are split; other runtimes than LiteRT
            gain nothing by it.

    Returns:
        A `LoweredGraph`.

    Raises:
        ValueError: If a custom layer cannot be lowered; the error names it.

    Example:

    >>> function = lower(model).function(size=(256, 256))
    """
    inputs, output = expand(float32_copy(model))
    output = fold(output)
    return LoweredGraph(inputs, split(output) if split_filters else output)


def lower_for_integers(model, images, bits=8):
    """Lowers a model to a graph whose numbers fit in 8 or 16 bits.

    It is the function of `lower`, in another form: the channels of a tensor, which share one
    step in an integer file, are scaled to one range where the layers around can absorb it
    (cross-layer equalisation, Nagel et al., "Data-Free Quantization Through Weight Equalization
    and Bias Correction", ICCV 2019, here with measured ranges), and an affine map is a 1x1
    depthwise filter, which rounds once. For 16 bits, of which LiteRT cannot interleave channels,
    that is written as a transposition, and the argument of Gaussian gates is limited.

    Args:
        model: As in `lower`, of one input.
        images: List of float32 arrays `(1, height, width, channels)` to measure ranges on.
        bits: Of the activations, 8 or 16.

    Returns:
        A `LoweredGraph`.

    Raises:
        ValueError: As in `lower`.

    Example:

    >>> graph = lower_for_integers(model, [noisy])
    """
    inputs, output = expand(float32_copy(model))
    (image,) = inputs
    output = fold(output, scales=False)
    equalize(image, output, images)
    output = affine_as_filters(output)
    if bits == 16:
        output = limit_gates(interleaved_by_transposition(output))
    return LoweredGraph(inputs, split(output, input_means(image, output, images)))


@dataclasses.dataclass(frozen=True)
class LoweredGraph:
    """Primitives from an image to an output.

    Attributes:
        inputs: List of the primitives of the inputs: the image, and perhaps the noise level.
        output: The primitive of the output.
    """

    inputs: list
    output: primitives.Node

    @property
    def image(self):
        """The primitive of the input image."""
        return self.inputs[0]

    def split_residual(self):
        """Takes the last sum or difference off a residual network.

        Returns:
            A `LoweredGraph` of the residual and the primitive class that combines the image
            with it; or the graph itself and None, if the network is not residual.
        """
        last = self.output
        if isinstance(last, primitives.Add | primitives.Subtract) and last.inputs[0] is self.image:
            return LoweredGraph(self.inputs, last.inputs[1]), type(last)
        return self, None

    def function(self, size=None):
        """Writes the graph as a TensorFlow function of one image.

        It is for conversion: TensorFlow has no CPU kernel for its dilated depthwise filters.

        Args:
            size: (height, width), or None for any.

        Returns:
            A concrete function from `degraded`, `(1, height, width, channels)`, and where the model
            takes it `sigma`, `(1, 1, 1, 1)`, to `restored`.
        """
        height, width = size or (None, None)
        shapes = [[1, height, width, self.image.channels], [1, 1, 1, 1]]
        specs = [
            tf.TensorSpec(shape, tf.float32, name=node.name)
            for node, shape in zip(self.inputs, shapes, strict=False)
        ]

        @tf.function(input_signature=specs)
        def restored(*inputs):
            return tf.identity(self.emit(*inputs), name="restored")

        return restored.get_concrete_function()

    def emit(self, *inputs):
        """Writes the graph as TensorFlow operations on a batch of images."""
        values = dict(zip(self.inputs, inputs, strict=True))
        for node in topological(self.output):
            if node not in values:
                values[node] = node.emit(*(values[source] for source in node.inputs))
        return values[self.output]
