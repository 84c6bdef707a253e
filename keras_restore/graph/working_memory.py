"""The memory that running a model takes."""

import keras
import numpy as np

from keras_restore.graph.keras_graph import layers_of, nodes_of


def working_memory(model):
    """Estimates the bytes that a model needs per pixel of its input.

    A tensor lives from the layer that makes it to the last one that reads it; a layer made of
    layers, such as an xUnit, needs two more feature maps while it computes. The largest sum over
    the graph counts. (With 64 filters 1028 for xDnCNN and 516 for DnCNN; a fresh process was
    measured to take 1070 and 540 for a picture of 1024x1024.)

    Args:
        model: A functional or sequential `keras.Model`.

    Returns:
        Number of bytes.

    Example:

    >>> megabytes = working_memory(model) * 512 * 512 / 1e6
    """
    nodes = nodes_of(model)
    tensors = {id(tensor): tensor for node in nodes for tensor in node.outputs}
    side = 64
    probe = keras.Model(model.inputs, list(tensors.values()))
    inputs = [(1, side, side, tensor.shape[-1]) for tensor in model.inputs]
    shapes = probe.compute_output_shape(inputs if len(inputs) > 1 else inputs[0])
    bytes_of = {
        key: 4.0 * np.prod(shape[1:]) / side**2 for key, shape in zip(tensors, shapes, strict=True)
    }
    last_use = {id(tensor): len(nodes) for tensor in model.outputs}
    for i, node in enumerate(nodes):
        for tensor in node.input_tensors:
            last_use[id(tensor)] = max(last_use.get(id(tensor), 0), i)
    largest, alive = 0.0, {}
    for i, node in enumerate(nodes):
        alive |= {id(tensor): bytes_of[id(tensor)] for tensor in node.outputs}
        workspace = 0.0
        if isinstance(node.operation, keras.Layer):
            parts = [node.operation, *layers_of(node.operation)]
            nested = [working_memory(part) for part in parts if isinstance(part, keras.Model)]
            own = 2 * bytes_of[id(node.outputs[0])] if parts[1:] else 0.0
            workspace = max(nested, default=own)
        largest = max(largest, sum(alive.values()) + workspace)
        alive = {key: size for key, size in alive.items() if last_use.get(key, i) > i}
    return int(largest) + 1
