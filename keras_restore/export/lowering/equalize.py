"""Rewrites that change no function, but the ranges of the numbers inside."""

import numpy as np

from keras_restore.export.lowering import primitives
from keras_restore.export.lowering.simplify import find_users, replace, topological

# Channels are not scaled up by more than this, relative to the largest: a channel that is
# zero on the measured images need not be zero on others.
MAX_RATIO = 1000
POSITIVELY_HOMOGENEOUS = (primitives.Relu, primitives.LeakyRelu, primitives.PRelu)
ABSORBING = (primitives.Affine, primitives.Convolution, primitives.Depthwise)


def equalize(image, output, images):
    """Scales the channels of tensors to magnitudes of at most 1, in place.

    The scale of a tensor is absorbed by the filter or affine map that makes it; ReLUs, leaky
    ones too, and products with gates pass it on; the filters and affine maps that take the
    result absorb its inverse. A tensor with any other user stays as it is.

    Args:
        image: The primitive of the input.
        output: The primitive of the output.
        images: List of float32 arrays `(1, height, width, channels)`.
    """
    users = find_users(output)
    peaks = {}
    for pixels in images:
        for node, value in _values(image, output, pixels).items():
            peak = np.abs(value).max(axis=(0, 1, 2))
            peaks[node] = np.maximum(peaks.get(node, 0), peak)
    for node in topological(output):
        if not isinstance(node, (primitives.Affine, primitives.Convolution)):
            continue
        group, absorbers = _group(node, users)
        if group is None:
            continue
        peak = np.max([peaks[member] for member in group], axis=0)
        if not peak.max() > 0:
            continue
        scale = 1 / np.maximum(peak, peak.max() / MAX_RATIO)
        if isinstance(node, primitives.Affine):
            node.scale, node.shift = node.scale * scale, node.shift * scale
        else:
            node.scale_outputs(scale)
        for absorber in absorbers:
            if isinstance(absorber, primitives.Affine):
                absorber.scale = absorber.scale / scale
            else:
                absorber.scale_inputs(1 / scale)


def affine_as_filters(output):
    """Makes of affine maps 1x1 depthwise filters, in place; returns the output."""
    users = find_users(output)
    for node in topological(output):
        if isinstance(node, primitives.Affine):
            kernel = node.scale[None, None, :, None]
            filters = primitives.Depthwise(
                inputs=node.inputs, name=node.name, kernel=kernel, bias=node.shift
            )
            output = replace(node, filters, users, output)
    return output


def limit_gates(output):
    """Limits the argument of Gaussian gates, in place; returns the output."""
    users = find_users(output)
    for node in topological(output):
        if isinstance(node, primitives.Gaussian):
            limited = primitives.LimitedGaussian(inputs=node.inputs, name=node.name)
            output = replace(node, limited, users, output)
    return output


def input_means(image, output, images):
    """Measures the mean of each channel of the input of each depthwise filter.

    Args:
        image: The primitive of the input.
        output: The primitive of the output.
        images: List of float32 arrays `(1, height, width, channels)`.

    Returns:
        Dictionary from `primitives.Depthwise` to an array, one number per channel.
    """
    sums = {}
    for pixels in images:
        values = _values(image, output, pixels)
        for node in values:
            if isinstance(node, primitives.Depthwise):
                mean = np.mean(values[node.inputs[0]], axis=(0, 1, 2), dtype=np.float64)
                sums[node] = sums.get(node, 0) + mean / len(images)
    return sums


def _values(image, output, pixels):
    """The value of each node for an image, as arrays."""
    values = {image: pixels}
    for node in topological(output):
        if node not in values:
            value = node.emit(*(values[source] for source in node.inputs))
            values[node] = np.asarray(value)
    return values


def _group(node, users):
    """The tensors that share the scale of `node`, and the nodes that undo it; or Nones."""
    group, absorbers, queue = [node], [], [node]
    while queue:
        member = queue.pop()
        if not users[member]:
            return None, None
        for user in users[member]:
            if isinstance(user, ABSORBING):
                absorbers.append(user)
            elif isinstance(user, POSITIVELY_HOMOGENEOUS) or (
                isinstance(user, primitives.Multiply) and user not in group
            ):
                group.append(user)
                queue.append(user)
            else:
                return None, None
    return group, absorbers
