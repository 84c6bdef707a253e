"""LiteRT (TensorFlow Lite) files."""

import tensorflow as tf

from keras_restore.export.complete_path import complete_path
from keras_restore.export.float32_copy import float32_copy
from keras_restore.export.saved_model import check_backend

FORMATS = (None, "float32")


def tflite(model, path, quantize=None, size=None, calibration=None):
    """Writes a LiteRT file.

    Args:
        model: A functional `keras.Model` under the TensorFlow backend.
        path: File to write; it appears only when complete.
        quantize: None (or "float32").
        size: (height, width) of a file of fixed size; None writes a file whose input is
            resized by the caller, `[1, ?, ?, channels]`.
        calibration: Unused by float32.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> keras_restore.export.tflite(model, "model.tflite")
    """
    check_backend()
    if quantize not in FORMATS:
        raise ValueError(f"`quantize` must be one of {FORMATS}. Received: quantize={quantize!r}")
    height, width = size or (None, None)
    model = float32_copy(model)
    spec = tf.TensorSpec([1, height, width, model.input_shape[-1]], tf.float32, name="degraded")
    function = tf.function(lambda degraded: model(degraded, training=False), [spec])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], model
    )
    content = converter.convert()
    with complete_path(path) as partial:
        partial.write_bytes(content)
