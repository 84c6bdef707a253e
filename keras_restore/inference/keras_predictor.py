"""A Keras model as a predictor."""

import numpy as np

from keras_restore.inference.receptive_field import receptive_field


class KerasPredictor:
    """Runs a Keras model on batches of windows.

    Args:
        model: A `keras.Model` that `receptive_field` can derive the geometry of.

    Attributes:
        channels: Of the picture.
        scale: Output pixels an input pixel.
        multiple: See `ReceptiveField`.
        halo: See `ReceptiveField`.
        size: None: any size goes in.
        largest_batch: Number of windows that run at once: more than one on a GPU only.
        bytes_per_pixel: Working memory a pixel of a window, estimated from the graph.
        card: The card of the model, as a dictionary.

    Raises:
        ValueError: If the geometry cannot be derived.

    Example:

    >>> predictor = KerasPredictor(keras_restore.load("xdncnn_gray_sigma25"))
    """

    size = None

    def __init__(self, model):
        import keras

        field = receptive_field(model)
        if len(model.outputs) > 1:
            outputs = dict(zip(model.output_names, model.outputs, strict=True))
            model = keras.Model(model.inputs, outputs["restored"])
        self.channels = model.inputs[0].shape[-1]
        self.scale = field.scale
        self.multiple = field.multiple
        self.halo = field.halo
        self.bytes_per_pixel = working_memory(model)
        self.card = dict(getattr(model, "card", None) or {})
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            self._run = _traced(model, tf)
            self._out_of_memory = tf.errors.ResourceExhaustedError
            self.largest_batch = 8 if tf.config.list_physical_devices("GPU") else 1
        else:
            self._run = model.predict_on_batch
            self._out_of_memory = MemoryError
            self.largest_batch = 1

    def __call__(self, batch):
        try:
            outputs = self._run(batch)
        except self._out_of_memory as error:
            raise MemoryError(str(error)) from error
        return np.asarray(outputs[0] if isinstance(outputs, (list, tuple)) else outputs)


def _traced(model, tf):
    """The model as one graph for all sizes; one a size for layers that need to know it."""

    # No XLA: it is ten times slower for 9x9 depthwise filters on the CPU.
    def run(batch):
        return model(batch, training=False)

    signature = [tf.TensorSpec((None, None, None, model.inputs[0].shape[-1]), tf.float32)]
    traced = tf.function(run, input_signature=signature, jit_compile=False)
    try:
        traced.get_concrete_function()
    except tf.errors.OperatorNotAllowedInGraphError:
        return tf.function(run, jit_compile=False)
    return traced


def working_memory(model):
    """Estimates the bytes that a model needs a pixel of its input.

    A tensor lives from the layer that makes it to the last one that reads it; an xUnit needs
    two more feature maps while it computes its gate. The largest sum over the graph counts.
    (With 64 filters 1028 for xDnCNN and 516 for DnCNN; a fresh process was measured to take
    1070 and 540 for a picture of 1024x1024.)

    Args:
        model: A functional or sequential `keras.Model`.

    Returns:
        Number of bytes.

    Example:

    >>> megabytes = working_memory(model) * 512 * 512 / 1e6
    """
    import keras

    from keras_restore.layers import XUnit

    graph = model._functional if isinstance(model, keras.Sequential) else model
    nodes = [
        node
        for depth in sorted(graph._nodes_by_depth, reverse=True)
        for node in graph._nodes_by_depth[depth]
    ]
    tensors = {id(tensor): tensor for node in nodes for tensor in node.outputs}
    side = 64
    probe = keras.Model(graph.inputs, list(tensors.values()))
    shapes = probe.compute_output_shape((1, side, side, graph.inputs[0].shape[-1]))
    bytes_of = {
        key: 4.0 * np.prod(shape[1:]) / side**2 for key, shape in zip(tensors, shapes, strict=True)
    }
    last_use = {id(tensor): len(nodes) for tensor in graph.outputs}
    for i, node in enumerate(nodes):
        for tensor in node.input_tensors:
            last_use[id(tensor)] = max(last_use.get(id(tensor), 0), i)
    largest, alive = 0.0, {}
    for i, node in enumerate(nodes):
        alive |= {id(tensor): bytes_of[id(tensor)] for tensor in node.outputs}
        workspace = 0.0
        if isinstance(node.operation, XUnit):
            workspace = 2 * bytes_of[id(node.outputs[0])]
        elif isinstance(node.operation, keras.Model):
            workspace = working_memory(node.operation)
        largest = max(largest, sum(alive.values()) + workspace)
        alive = {key: size for key, size in alive.items() if last_use.get(key, i) > i}
    return int(largest) + 1
