"""Walking the graph of a Keras model: the one module that uses Keras' private graph API."""

import functools

import keras

from keras_restore.models.noise_level import takes_sigma


def check_one_image(model):
    """Raises a `ValueError` unless a model takes one image, and perhaps "sigma" beside it.

    Args:
        model: Whatever should be a functional or sequential `keras.Model`.
    """
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        raise ValueError(f"`model` must be a functional keras.Model. Received: model={model!r}")
    if len(model.inputs[0].shape) != 4 or not (len(model.inputs) == 1 or takes_sigma(model)):
        raise ValueError(
            "`model` must have one input of shape (batch, height, width, channels), and may have "
            f"another named sigma. Received: {[tuple(t.shape) for t in model.inputs]}"
        )


def run_through(model, values, evaluate):
    """Runs the graph of a model on something else than tensors.

    Args:
        model: A functional or sequential `keras.Model`, or a `keras.Function`.
        values: What stands for its inputs, a list.
        evaluate: Function from a layer or operation and the arguments of its call, values for
            tensors, to what stands for its output. It gets nested models as operations.

    Returns:
        What stands for the model's outputs.

    Example:

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.ReLU(name="relu")])
    >>> run_through(model, ["x"], lambda operation, value: f"{operation.name}({value})")
    'relu(x)'
    """
    return _functional(model)._run_through_graph(
        values, operation_fn=lambda operation: functools.partial(evaluate, operation)
    )


def nodes_of(model):
    """Lists the calls that a model's graph is made of, each after those that it depends on.

    Args:
        model: A functional or sequential `keras.Model`, or a `keras.Function`.

    Returns:
        List of nodes with `operation`, `input_tensors` and `outputs`.

    Example:

    >>> model = keras.Sequential([keras.Input((4,), name="x"), keras.layers.ReLU(name="relu")])
    >>> [node.operation.name for node in nodes_of(model)]
    ['x', 'relu']
    """
    by_depth = _functional(model)._nodes_by_depth
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]


def inside(layer):
    """Returns the graph of what a layer of a model computes when it is not trained.

    Args:
        layer: A `keras.Layer` in the graph of a model.

    Returns:
        A `keras.Function` of the tensors of the layer's first call, of its sublayers and of
        `keras.ops`; None if the call is made of anything else.

    Example:

    >>> restored = keras_restore.models.dncnn(depth=3).get_layer("restored")
    >>> type(nodes_of(inside(restored))[-1].operation).__name__
    'Subtract'
    """
    recorded = layer._inbound_nodes[0].arguments
    tensors = []

    def fresh(value):
        if not isinstance(value, keras.KerasTensor):
            return value
        tensors.append(keras.KerasTensor(value.shape, value.dtype))
        return tensors[-1]

    arguments, settings = keras.tree.map_structure(fresh, (recorded.args, recorded.kwargs))
    settings = {name: value for name, value in settings.items() if name != "training"}
    try:
        return keras.Function(tensors, layer.call(*arguments, **settings))
    except Exception:
        # What a call does with a tensor that has no values is not ours to foresee.
        return None


def layers_of(model):
    """Lists the layers in a model or a layer, those inside other layers and models included.

    Args:
        model: A `keras.Model` or `keras.Layer`.

    Returns:
        List of `keras.Layer`.

    Example:

    >>> "depthwise" in [layer.name for layer in layers_of(keras_restore.models.xnet(depth=2))]
    True
    """
    return list(model._flatten_layers(include_self=False))


def output_names(model):
    """Returns the names of the outputs of a functional or sequential `keras.Model`."""
    return _functional(model).output_names


def _functional(model):
    return model._functional if isinstance(model, keras.Sequential) else model
