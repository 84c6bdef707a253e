"""ONNX files."""

import json

import numpy as np
import tensorflow as tf

from keras_restore.complete_path import complete_path
from keras_restore.export.lowering import lower
from keras_restore.export.saved_model import check_backend
from keras_restore.graph import geometry
from keras_restore.inference.onnx_predictor import ONNXPredictor
from keras_restore.inference.predictor import METADATA_NAME

OPSET = 17
# tf2onnx loses the last operation of gray networks, a Squeeze, in about one of ten conversions.
ATTEMPTS = 9
SIDE = 8


def onnx(model, path):
    """Writes an ONNX file of any batch and image size, in float32.

    The model is lowered first (`keras_restore.export.lowering`): what Keras itself exports to
    ONNX has outputs of five dimensions for xUnits, and fails where the image is padded inside
    the network. The input is named "degraded", the output "restored";
    the noise level, where the model takes it, is "sigma". The metadata entry "keras_restore"
    holds the geometry, as in LiteRT files.

    Args:
        model: A functional `keras.Model` under the TensorFlow backend.
        path: File to write; it appears only when complete.

    Raises:
        ImportError: If the extra `onnx` is not installed.
        ValueError: If the model is not functional, a layer cannot be lowered, or the backend is
            not TensorFlow, or tf2onnx does not convert the model.

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
        entry = json.dumps(geometry(model))
        for _ in range(ATTEMPTS):
            written, _ = tf2onnx.convert.from_function(function, specs, opset=OPSET)
            written.metadata_props.add(key=METADATA_NAME, value=entry)
            partial.write_bytes(written.SerializeToString())
            pixels = np.zeros((1, SIDE, SIDE, graph.image.channels), np.float32)
            if ONNXPredictor(partial)(pixels, 0.0).ndim == pixels.ndim:
                return
        raise ValueError("tf2onnx does not convert this model.")
