"""From a Keras graph to primitives: one rule per class of layer."""

import keras
import numpy as np

from keras_restore import layers
from keras_restore.export.lowering import primitives
from keras_restore.graph import check_one_image, inside, output_names, run_through
from keras_restore.graph.rules import LOWERING_RULES
from keras_restore.restored_output import restored_output


def expand(model):
    """Rewrites the graph of a model as primitives, each exactly what its layer computes.

    Args:
        model: A float32 functional or sequential `keras.Model` with one input image, and perhaps
            "sigma" beside it. Nested models are entered. Of several outputs the one named
            "restored" is taken.

    Returns:
        The list of the primitive `Input`s and the primitive of the output.

    Raises:
        ValueError: If a custom layer has no rule here, naming it, or the model does not take
            one image.
    """
    check_one_image(model)
    inputs = [
        primitives.Input(channels=tensor.shape[-1], name=name)
        for tensor, name in zip(model.inputs, ("degraded", "sigma"), strict=False)
    ]
    return inputs, restored_output(lower_layer(model, *inputs), output_names(model))


def lower_layer(operation, *arguments, **keyword_arguments):
    """Writes the call of a layer, an operation or a nested model as primitives.

    Args:
        operation: A `keras.Layer`, a `keras.Operation` or a functional `keras.Model`.
        *arguments, **keyword_arguments: Of the call, with primitives for tensors.

    Returns:
        The primitive of the output.

    Raises:
        ValueError: If a layer that is not Keras' has no rule, naming it.
    """
    nodes = [
        leaf
        for leaf in keras.tree.flatten((arguments, keyword_arguments))
        if isinstance(leaf, primitives.Node)
    ]
    if isinstance(operation, keras.Model):
        return run_through(operation, nodes, lower_layer)
    rule = LOWERING_RULES.get(type(operation), RULES.get(type(operation)))
    if not isinstance(operation, keras.Layer) and len(nodes) == len(arguments):
        rule = OPERATIONS.get(type(operation).__name__)
    if rule is not None:
        result = rule(operation, *nodes)
        if result is not NotImplemented:
            return result
    if not type(operation).__module__.startswith("keras."):
        if graph := inside(operation):
            return run_through(graph, nodes, lower_layer)
        raise ValueError(
            f"Layer {operation.name!r} of the class {type(operation).__module__}."
            f"{type(operation).__name__} cannot be lowered: export knows the layers of Keras and "
            "of keras_restore, and those of `keras_restore.graph.register_rule`."
        )
    keyword_arguments.pop("training", None)
    return primitives.KerasOperation(
        inputs=nodes,
        name=operation.name,
        operation=operation,
        arguments=arguments,
        keyword_arguments=keyword_arguments,
    )


def _array(variable):
    return keras.ops.convert_to_numpy(variable).astype(np.float64)


def _bias(layer, count):
    return _array(layer.bias) if layer.use_bias else np.zeros(count)


def _is_plain(layer):
    return layer.data_format == "channels_last" and getattr(layer, "groups", 1) == 1


def _activate(function, node):
    if function is None or function is keras.activations.linear:
        return node
    if function is keras.activations.relu:
        return primitives.Relu(inputs=[node], name=node.name)
    if function is keras.activations.sigmoid:
        return primitives.Sigmoid(inputs=[node], name=node.name)
    return primitives.KerasOperation(
        inputs=[node],
        name=node.name,
        operation=keras.layers.Activation(function),
        arguments=(node,),
        keyword_arguments={},
    )


def _convolution(layer, node):
    if not _is_plain(layer):
        return NotImplemented
    kernel = _array(layer.kernel)
    node = primitives.Convolution(
        inputs=[node],
        name=layer.name,
        kernel=kernel,
        bias=_bias(layer, kernel.shape[-1]),
        strides=layer.strides,
        dilations=layer.dilation_rate,
        padding=layer.padding.upper(),
    )
    return _activate(layer.activation, node)


def _depthwise(layer, node):
    if not _is_plain(layer) or layer.depth_multiplier != 1:
        return NotImplemented
    kernel = _array(layer.kernel)
    node = primitives.Depthwise(
        inputs=[node],
        name=layer.name,
        kernel=kernel,
        bias=_bias(layer, kernel.shape[-2]),
        strides=layer.strides,
        dilations=layer.dilation_rate,
        padding=layer.padding.upper(),
    )
    return _activate(layer.activation, node)


def _transposed_convolution(layer, node):
    """A convolution that computes the `strides` phases of the output, then interleaves them.

    With padding "same" and `full[u] = sum of x[i] w[k] over stride * i + k = u`, the output is
    `full[start : start + stride * size]`, `start = (kernel_size - stride) // 2`. For
    `u = stride * q + r` that sum is a correlation of x with the taps `w[r + stride * t]`.
    """
    if (
        not _is_plain(layer)
        or layer.padding != "same"
        or layer.output_padding is not None
        or layer.dilation_rate != (1, 1)
        or min(layer.kernel_size) < max(layer.strides)
        or layer.strides[0] != layer.strides[1]
    ):
        return NotImplemented
    kernel = np.swapaxes(_array(layer.kernel), 2, 3)
    stride = layer.strides[0]
    channels, filters = kernel.shape[2:]
    taps = [-(-size // stride) for size in layer.kernel_size]
    phases = np.zeros((*taps, channels, stride, stride, filters))
    for row in range(stride):
        for column in range(stride):
            phase = kernel[row::stride, column::stride]
            height, width = phase.shape[:2]
            phases[:height, :width, :, row, column] = phase
    phases = phases[::-1, ::-1].reshape(*taps, channels, -1)
    starts = [(size - stride) // 2 for size in layer.kernel_size]
    ends = [stride * (t - 1) - start for t, start in zip(taps, starts, strict=True)]
    bias = np.tile(_bias(layer, filters), stride * stride)
    if stride == 1 and starts == ends:
        node = primitives.Convolution(
            inputs=[node], name=layer.name, kernel=phases, bias=bias, padding="SAME"
        )
        return _activate(layer.activation, node)
    node = primitives.ZeroPad(
        inputs=[node], name=layer.name, amounts=tuple((t - 1, t - 1) for t in taps)
    )
    node = primitives.Convolution(
        inputs=[node], name=layer.name, kernel=phases, bias=bias, padding="VALID"
    )
    node = _activate(layer.activation, node)
    if stride > 1:
        node = primitives.DepthToSpace(inputs=[node], name=layer.name, block=stride)
    return primitives.Crop(
        inputs=[node], name=layer.name, amounts=tuple(zip(starts, ends, strict=True))
    )


def _batch_norm(layer, node):
    if layer.axis not in (-1, 3):
        return NotImplemented
    mean, variance = _array(layer.moving_mean), _array(layer.moving_variance)
    scale = 1 / np.sqrt(variance + layer.epsilon)
    if layer.scale:
        scale = scale * _array(layer.gamma)
    shift = -mean * scale
    if layer.center:
        shift = shift + _array(layer.beta)
    return primitives.Affine(inputs=[node], name=layer.name, scale=scale, shift=shift)


def _relu(layer, node):
    if layer.max_value is not None or layer.negative_slope or layer.threshold:
        return NotImplemented
    return primitives.Relu(inputs=[node], name=layer.name)


def _prelu(layer, node):
    alpha = _array(layer.alpha)
    if alpha.shape[:-1] != (1,) * (alpha.ndim - 1):
        return NotImplemented
    if alpha.size == 1:
        return primitives.LeakyRelu(inputs=[node], name=layer.name, alpha=alpha.item())
    return primitives.PRelu(inputs=[node], name=layer.name, alpha=alpha.reshape(-1))


def _xunit(layer, node):
    gate = node
    if layer.input_norm is not None:
        gate = _batch_norm(layer.input_norm, gate)
    gate = primitives.Relu(inputs=[gate], name=layer.name)
    gate = _depthwise(layer.depthwise, gate)
    if layer.gate_norm is not None:
        gate = _batch_norm(layer.gate_norm, gate)
    if layer.gate == "gaussian":
        gate = primitives.Gaussian(inputs=[gate], name=layer.name)
    elif layer.gate == "sigmoid":
        gate = primitives.Sigmoid(inputs=[gate], name=layer.name)
    return primitives.Multiply(inputs=[node, gate], name=layer.name)


def _pixel_shuffle(layer, node):
    return primitives.DepthToSpace(inputs=[node], name=layer.name, block=layer.scale)


def _fold(kind):
    def rule(layer, *nodes):
        total = nodes[0]
        for node in nodes[1:]:
            total = kind(inputs=[total, node], name=layer.name)
        return total

    return rule


def _concatenate(layer, *nodes):
    if layer.axis not in (-1, 3):
        return NotImplemented
    return primitives.Concatenate(inputs=list(nodes), name=layer.name)


def _upsampling(layer, node):
    if layer.data_format != "channels_last" or layer.interpolation not in ("nearest", "bilinear"):
        return NotImplemented
    return primitives.Resize(
        inputs=[node], name=layer.name, factors=layer.size, method=layer.interpolation
    )


def _bilinear_upsampling(layer, node):
    factors = (layer.factor, layer.factor)
    return primitives.Resize(inputs=[node], name=layer.name, factors=factors, method="bilinear")


def _zero_padding(layer, node):
    if layer.data_format != "channels_last":
        return NotImplemented
    return primitives.ZeroPad(inputs=[node], name=layer.name, amounts=layer.padding)


def _cropping(layer, node):
    if layer.data_format != "channels_last":
        return NotImplemented
    return primitives.Crop(inputs=[node], name=layer.name, amounts=layer.cropping)


def _identity(layer, node):
    return node


RULES = {
    keras.layers.Activation: lambda layer, node: _activate(layer.activation, node),
    keras.layers.Add: _fold(primitives.Add),
    keras.layers.BatchNormalization: _batch_norm,
    keras.layers.Concatenate: _concatenate,
    keras.layers.Conv2D: _convolution,
    keras.layers.Conv2DTranspose: _transposed_convolution,
    keras.layers.Cropping2D: _cropping,
    keras.layers.DepthwiseConv2D: _depthwise,
    keras.layers.Dropout: _identity,
    keras.layers.Identity: _identity,
    keras.layers.Multiply: _fold(primitives.Multiply),
    keras.layers.PReLU: _prelu,
    keras.layers.ReLU: _relu,
    keras.layers.Subtract: _fold(primitives.Subtract),
    keras.layers.UpSampling2D: _upsampling,
    keras.layers.ZeroPadding2D: _zero_padding,
    layers.BatchNormalization: _batch_norm,
    layers.BilinearUpsampling: _bilinear_upsampling,
    layers.CropLike: lambda layer, *nodes: primitives.CropLike(inputs=list(nodes), name=layer.name),
    layers.NoiseLevelMap: lambda layer, *nodes: primitives.NoiseLevelMap(
        inputs=list(nodes), name=layer.name
    ),
    layers.PadToMultiple: lambda layer, node: primitives.EdgePad(
        inputs=[node], name=layer.name, multiple=layer.multiple
    ),
    layers.PixelShuffle: _pixel_shuffle,
    layers.XUnit: _xunit,
}

# Of tensors alone: what Keras records for `x + y`, `keras.ops.relu(x)` and the like.
OPERATIONS = {
    "Add": _fold(primitives.Add),
    "Multiply": _fold(primitives.Multiply),
    "Relu": lambda operation, node: primitives.Relu(inputs=[node], name=operation.name),
    "Sigmoid": lambda operation, node: primitives.Sigmoid(inputs=[node], name=operation.name),
    "Subtract": _fold(primitives.Subtract),
}
