"""ONNX files."""

import tensorflow as tf

from keras_restore.complete_path import complete_path
from keras_restore.export.lowering import lower
from keras_restore.export.saved_model import check_backend

OPSET = 17


def onnx(model, path):
    """Writes an ONNX file of any batch and image size, in float32.

    The model is lowered first (`keras_restore.export.lowering`): what Keras itself exports to
    ONNX has outputs of five dimensions for xUnits, and fails where the image is padded inside
    the network. The input is named "degraded", the output "restored";
    the noise level, where the model takes it, is "sigma".

    Args:
        model: A functional `keras.Model` under the TensorFlow backend.
        path: File to write; it appears only when complete.

    Raises:
        ImportError: If the extra `onnx` is not installed.
        ValueError: If the model is not functional, a layer cannot be lowered, or the backend is
            not TensorFlow.

    Example:

    >>> keras_restore.export.onnx(model, "model.onnx")
    """
    check_backend()
    try:
        import tf2onnx
    except ImportError as error:
        raise ImportError("ONNX files need `pip install keras-restore[onnx]`.") from error
    graph = lower(model, split_filters=False)
    specs = [
        tf.TensorSpec([None, None, None, node.channels], tf.float32, name=node.name)
        for node in graph.inputs
    ]
    function = tf.function(lambda *inputs: {"restored": graph.emit(*inputs)}, specs)
    with complete_path(path) as partial:
        tf2onnx.convert.from_function(function, specs, opset=OPSET, output_path=str(partial))
