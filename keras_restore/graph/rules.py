"""What layers do to the rows and columns of a picture: one rule per class of layer."""

import keras

from keras_restore import layers
from keras_restore.graph.keras_graph import inside, run_through
from keras_restore.graph.plane import Plane

# Operations that Keras records for `x + y`, `keras.ops.relu(x)` and the like.
ELEMENTWISE_OPERATIONS = frozenset(
    "Abs Absolute Add Average Cast Clip Divide Elu Exp Gelu HardSigmoid HardSwish HardTanh "
    "LeakyRelu Log Maximum Minimum Multiply Negative Power Relu Relu6 Round Selu Sigmoid Silu "
    "Softplus Softsign Sqrt Square Subtract Tanh TrueDivide".split()
)
# Rows on each side that an enlargement interpolates between.
REACH = {"nearest": 0, "bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}


# How layers from outside are lowered; export reads it.
LOWERING_RULES = {}


def register_rule(layer_class, receptive_field=None, lowering=None):
    """Says what a layer of yours does, so that networks with it are tiled and exported.

    It needs no rule if its `call` is made of layers and `keras.ops` that are known.

    Args:
        layer_class: A subclass of `keras.Layer`.
        receptive_field: Function from the layer and the `Plane` of each input to that of the
            output, for the subclasses too. `see` says what the layers inside do. A `ValueError`
            says why there is none.
        lowering: Function from the layer and the primitive of each input to that of the output,
            see `keras_restore.export.lowering`, which `lower_layer` finds of the layers inside.
            A layer that goes to no LiteRT or ONNX file needs none.

    Raises:
        ValueError: If `layer_class` is no class of layers.

    Example:

    >>> class Smoothing(keras.layers.Layer):
    ...     def call(self, x):
    ...         return keras.ops.average_pool(x, 3, 1, "same")
    >>> register_rule(Smoothing, lambda layer, plane: plane.convolve(3))
    >>> model = keras.Sequential([keras.Input((None, None, 1)), Smoothing()])
    >>> receptive_field(model).halo
    1
    """
    if not isinstance(layer_class, type) or not issubclass(layer_class, keras.Layer):
        raise ValueError(
            f"`layer_class` must be a subclass of keras.Layer. Received: layer_class={layer_class}"
        )
    if receptive_field is not None:
        RULES[layer_class] = receptive_field
    if lowering is not None:
        LOWERING_RULES[layer_class] = lowering


def see(operation, *planes):
    """What a layer, an operation or a nested model makes of planes.

    Args:
        operation: A `keras.Layer`, a `keras.Operation` or a functional `keras.Model`.
        *planes: The `Plane` of each input.

    Returns:
        The `Plane` of the output; one with a `problem` where there is no rule, which is an error
        only on the way to the restored image.

    Example:

    >>> receptive_field = lambda layer, plane: plane.merge(see(layer.depthwise, plane))
    """
    for plane in planes:
        if plane.problem:
            return plane
    if isinstance(operation, keras.Model):
        return run_through(operation, list(planes), _see_call)
    problem = (
        f"The receptive field of layer {operation.name!r} ({type(operation).__name__}) "
        "cannot be derived"
    )
    rule = _rule(operation)
    if rule is None:
        if not isinstance(operation, keras.Layer) or (graph := inside(operation)) is None:
            return Plane(None, None, problem + ".")
        plane = run_through(graph, list(planes), _see_call)
        return Plane(None, None, f"{problem}: {plane.problem}") if plane.problem else plane
    try:
        if getattr(operation, "data_format", None) == "channels_first":
            raise ValueError("its channels must be last.")
        return rule(operation, *planes)
    except ValueError as error:
        return Plane(None, None, f"{problem}: {error}")


def _rule(operation):
    if isinstance(operation, keras.Layer):
        return next((RULES[kind] for kind in type(operation).__mro__ if kind in RULES), None)
    return _elementwise if type(operation).__name__ in ELEMENTWISE_OPERATIONS else None


def _see_call(operation, *args, **kwargs):
    leaves = keras.tree.flatten((args, kwargs))
    return see(operation, *(leaf for leaf in leaves if isinstance(leaf, Plane)))


def _elementwise(layer, plane, *others):
    return plane.merge(*others)


def _global(layer, plane):
    return plane.make_global()


def _convolution(layer, plane):
    return plane.convolve(layer.kernel_size, layer.strides, layer.dilation_rate, layer.padding)


def _transposed_convolution(layer, plane):
    if layer.padding != "same" or set(layer.dilation_rate) != {1}:
        raise ValueError("it must have padding='same' and no dilation.")
    return plane.convolve_transposed(layer.kernel_size, layer.strides)


def _pooling(layer, plane):
    return plane.convolve(layer.pool_size, layer.strides, padding=layer.padding)


def _upsampling(layer, plane):
    if layer.interpolation not in REACH:
        raise ValueError(
            f"its interpolation must be one of {tuple(REACH)}. "
            f"Received: interpolation={layer.interpolation!r}"
        )
    return plane.upsample(layer.size, REACH[layer.interpolation])


def _along_channels(layer, plane):
    """A layer with an axis, or several: global unless it is that of the channels."""
    axes = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
    return plane if set(axes) <= {-1, 3} else plane.make_global()


def _per_channel(layer, plane):
    if getattr(layer, "axis", -1) not in (-1, 3):
        raise ValueError(f"its axis must be that of the channels. Received: axis={layer.axis}")
    return plane


def _prelu(layer, plane):
    if not set(layer.shared_axes or ()) >= {1, 2}:
        raise ValueError(
            "its slopes must be shared along rows and columns. "
            f"Received: shared_axes={layer.shared_axes}"
        )
    return plane


RULES = {
    keras.layers.Activation: _elementwise,
    keras.layers.Add: _elementwise,
    keras.layers.Average: _elementwise,
    keras.layers.AveragePooling2D: _pooling,
    keras.layers.BatchNormalization: _per_channel,
    keras.layers.Concatenate: _elementwise,
    keras.layers.Conv2D: _convolution,
    keras.layers.Conv2DTranspose: _transposed_convolution,
    keras.layers.Cropping2D: lambda layer, plane: plane.shift([-n for n, _ in layer.cropping]),
    keras.layers.Dense: _per_channel,
    keras.layers.DepthwiseConv2D: _convolution,
    keras.layers.Dropout: _elementwise,
    keras.layers.ELU: _elementwise,
    keras.layers.GaussianDropout: _elementwise,
    keras.layers.GaussianNoise: _elementwise,
    keras.layers.GlobalAveragePooling2D: _global,
    keras.layers.GlobalMaxPooling2D: _global,
    keras.layers.GroupNormalization: _global,
    keras.layers.Identity: _elementwise,
    keras.layers.LayerNormalization: _along_channels,
    keras.layers.LeakyReLU: _elementwise,
    keras.layers.MaxPooling2D: _pooling,
    keras.layers.Maximum: _elementwise,
    keras.layers.Minimum: _elementwise,
    keras.layers.Multiply: _elementwise,
    keras.layers.Normalization: _elementwise,
    keras.layers.PReLU: _prelu,
    keras.layers.ReLU: _elementwise,
    keras.layers.Rescaling: _elementwise,
    keras.layers.SeparableConv2D: _convolution,
    keras.layers.Softmax: _along_channels,
    keras.layers.SpatialDropout2D: _elementwise,
    keras.layers.Subtract: _elementwise,
    keras.layers.UpSampling2D: _upsampling,
    keras.layers.ZeroPadding2D: lambda layer, plane: plane.shift([n for n, _ in layer.padding]),
    layers.BilinearUpsampling: lambda layer, plane: plane.upsample(layer.factor, reach=1),
    layers.CropLike: lambda layer, plane, reference: plane.crop(),
    layers.NoiseLevelMap: _elementwise,
    layers.PadToMultiple: lambda layer, plane: plane.pad_to_multiple(layer.multiple),
    layers.PixelShuffle: lambda layer, plane: plane.upsample(layer.scale),
    layers.ResidualOutput: _elementwise,
}
