"""Rewrites of a graph of primitives that leave its function unchanged."""

import numpy as np

from keras_restore.export.lowering import primitives

MAX_DEPTHWISE_SIZE = 5
# A filter of n taps splits into the taps of equal rest modulo 2, each a filter of dilation 2
# that "same" padding centres, if n is odd. Up to 10 taps the parts have at most 5.
MAX_SPLIT_SIZE = 2 * MAX_DEPTHWISE_SIZE - 1


def fold(output, scales=True):
    """Folds batch normalisations into convolutions, in place.

    An affine map after a convolution goes into its weights. Before a convolution without
    padding it does too. Before a padded one only its scale does: the shift stays, as an
    addition, since the zeros of the border are not shifted.

    Args:
        output: The primitive of the output.
        scales: Whether scales are folded into padded convolutions. It saves a multiplication,
            and makes the weights' range too wide for 8 bits.

    Returns:
        The primitive that takes its place.
    """
    while True:
        users = find_users(output)
        for node in topological(output):
            replacement = _rewrite(node, users, scales)
            if replacement is not None:
                output = replace(node, replacement, users, output)
                break
        else:
            return output


def split(output, input_means=None):
    """Makes of depthwise filters above 5x5 a sum of up to four dilated ones of at most 5x5.

    Args:
        output: The primitive of the output; its graph is changed in place.
        input_means: None, or a dictionary from each depthwise filter to the mean of each
            channel of its input. The bias is then shared so that all parts have one mean,
            which keeps their ranges small.

    Returns:
        The primitive that takes its place.
    """
    users = find_users(output)
    for node in topological(output):
        if isinstance(node, primitives.Depthwise):
            mean = None if input_means is None else input_means.get(node)
            output = replace(node, _split(node, mean), users, output)
    return output


def interleaved_by_transposition(output):
    """Makes of each depth-to-space a transposition, in place; returns the output."""
    users = find_users(output)
    for node in topological(output):
        if isinstance(node, primitives.DepthToSpace):
            transposed = primitives.TransposedDepthToSpace(
                inputs=node.inputs, name=node.name, block=node.block
            )
            output = replace(node, transposed, users, output)
    return output


def topological(output):
    """Returns the nodes that `output` needs, each after its inputs."""
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for source in node.inputs:
                visit(source)
            order.append(node)

    visit(output)
    return order


def find_users(output):
    """Returns a dictionary from each node to the nodes that it is an input of."""
    users = {node: [] for node in topological(output)}
    for node in users:
        for source in node.inputs:
            users[source].append(node)
    return users


def replace(node, replacement, users, output):
    """Gives the users of `node` another input; returns the output of the changed graph."""
    for user in users[node]:
        user.inputs = [replacement if source is node else source for source in user.inputs]
    return replacement if node is output else output


def _rewrite(node, users, scales):
    """Returns what takes the place of `node`, or None; `node`'s inputs may be changed."""
    source = node.inputs[0] if node.inputs else None
    filters = (primitives.Convolution, primitives.Depthwise)
    sole = source is not None and len(users[source]) == 1
    if isinstance(node, primitives.Affine) and sole:
        if isinstance(source, filters):
            source.scale_outputs(node.scale)
            source.bias = source.bias + node.shift
            return source
        if isinstance(source, primitives.Affine):
            source.shift = source.shift * node.scale + node.shift
            source.scale = source.scale * node.scale
            return source
    if isinstance(node, filters) and isinstance(source, primitives.Affine) and sole:
        if node.pads_nothing():
            node.bias = node.bias + node.response_to(source.shift)
            node.scale_inputs(source.scale)
            node.inputs = list(source.inputs)
            return node
        if scales and (source.scale != 1).any() and source.scale.all():
            node.scale_inputs(source.scale)
            source.shift = source.shift / source.scale
            source.scale = np.ones_like(source.scale)
            return node
    if isinstance(node, primitives.TakeChannels) and sole:
        if isinstance(source, primitives.Convolution):
            source.permute_outputs(node.order)
            return source
    return None


def _split(node, input_mean):
    size = node.kernel.shape[:2]
    if (
        max(size) <= MAX_DEPTHWISE_SIZE
        or max(size) > MAX_SPLIT_SIZE
        or min(size) % 2 == 0
        or max(size) % 2 == 0
        or node.padding != "SAME"
        or node.strides != (1, 1)
        or node.dilations != (1, 1)
    ):
        return node
    parts = []
    for row in range(2):
        for column in range(2):
            kernel = node.kernel[row::2, column::2]
            if kernel.size:
                part = primitives.Depthwise(
                    inputs=list(node.inputs),
                    name=node.name,
                    kernel=kernel,
                    bias=np.zeros_like(node.bias),
                    dilations=(2, 2),
                )
                parts.append(part)
    if input_mean is None:
        parts[0].bias = node.bias
    else:
        mean = (node.bias + node.response_to(input_mean)) / len(parts)
        for part in parts:
            part.bias = mean - part.response_to(input_mean)
    total = parts[0]
    for part in parts[1:]:
        total = primitives.Add(inputs=[total, part], name=node.name)
    return total
