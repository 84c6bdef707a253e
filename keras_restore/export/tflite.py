"""LiteRT (TensorFlow Lite) files."""

import functools
import json
import re

import numpy as np
import tensorflow as tf
from tensorflow.lite.python.convert import mlir_quantize

from keras_restore.complete_path import complete_path
from keras_restore.export import flatbuffer
from keras_restore.export.calibration import calibration_images
from keras_restore.export.lowering import lower, lower_for_integers
from keras_restore.export.lowering.primitives import Subtract
from keras_restore.export.number_ranges import set_ranges
from keras_restore.export.saved_model import check_backend
from keras_restore.graph import geometry
from keras_restore.inference.predictor import METADATA_NAME
from keras_restore.models.noise_level import takes_sigma

QUANTIZATIONS = ("float32", "float16", "dynamic", "int8", "int16x8")
INTEGER_QUANTIZATIONS = ("int8", "int16x8")
# The converter's own calibration, which only the 16-bit format needs, takes a minute per megapixel.
MAX_PIXELS_16_BITS = 150_000


def tflite(model, path, quantize=None, size=None, calibration=None, uint8=False):
    """Writes a LiteRT file of builtin operations only.

    The model is lowered first (`keras_restore.export.lowering`): the float32 file computes the
    model's function, several times faster than a plain conversion of an xUnit network. The
    integer files are integer from the input to the residual; the residual is combined with
    the image in float32. The file's metadata entry "keras_restore" holds channels, scale,
    halo, size multiple, value range and whether there is a second input, "sigma" (one number,
    `[1, 1, 1, 1]`, in grey levels of 255), as JSON.

    Args:
        model: A functional `keras.Model` under the TensorFlow backend. One trained in mixed
            precision is written in float32.
        path: File to write; it appears only when complete.
        quantize: None or "float32"; "float16" (weights); "dynamic" (8-bit weights, the rest
            float where LiteRT wants it so); "int8"; "int16x8" (16-bit activations, 8-bit
            weights: precise, and slow on most machines).
        size: (height, width) of a file of fixed size; None writes a file whose input the
            caller resizes, `[1, ?, ?, channels]`.
        calibration: What "int8" and "int16x8" measure their number ranges on: a folder of
            images as the model gets them, degraded, or an iterable of batches
            `(batch, height, width, channels)`, float in [0, 1].
        uint8: Whether the file takes and gives 8-bit images. The sum of image and residual is
            rounded once, to the output.

    Raises:
        ValueError: If an argument is out of range, a layer cannot be lowered, or an operation
            does not exist in the format; the message names it.

    Example:

    >>> keras_restore.export.tflite(model, "model_int8.tflite", "int8", calibration="noisy")
    """
    check_backend()
    quantize = "float32" if quantize is None else quantize
    if quantize not in QUANTIZATIONS:
        raise ValueError(
            f"`quantize` must be one of {QUANTIZATIONS}. Received: quantize={quantize!r}"
        )
    if size is not None and (len(size) != 2 or not all(isinstance(n, int) and n > 0 for n in size)):
        raise ValueError(
            f"`size` must be None or two positive integers, height and width. Received: size={size}"
        )
    if quantize in INTEGER_QUANTIZATIONS:
        if calibration is None:
            raise ValueError(f"`calibration` must be given for quantize={quantize!r}.")
        if takes_sigma(model):
            raise ValueError(
                f"A model that takes sigma has no integer form. Received: quantize={quantize!r}"
            )
        images = calibration_images(calibration, int(model.inputs[0].shape[-1]), size)
        content = _integer_file(model, quantize, size, images, uint8)
    else:
        content = _float_file(model, quantize, size, uint8)
    entry = {**geometry(model), "format": quantize, "dtype": "uint8" if uint8 else "float32"}
    content = flatbuffer.add_metadata(content, METADATA_NAME, json.dumps(entry).encode())
    with complete_path(path) as partial:
        partial.write_bytes(content)


def _float_file(model, quantize, size, uint8):
    graph = lower(model)
    network = graph.function(size)
    if uint8:
        network = _concrete(
            lambda image, *sigma: _to_uint8(network(_to_float(image), *sigma)),
            _spec(graph, size, tf.uint8),
            *network.structured_input_signature[0][1:],
        )

    def configure(converter):
        if quantize in ("float16", "dynamic"):
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]

    return _convert(network, configure)


def _integer_file(model, quantize, size, images, uint8):
    if uint8:
        images = [np.rint(np.clip(image, 0, 1) * 255) / np.float32(255) for image in images]
        # Both ends of the range, so that its step is exactly a grey level.
        images[0][0, 0, 0], images[0][0, -1, -1] = 0, 1
    bits = 8 if quantize == "int8" else 16
    graph, combination = lower_for_integers(model, images, bits).split_residual()
    network = graph.function(size)
    input_type = tf.uint8 if uint8 and quantize == "int8" else tf.float32
    if quantize == "int8":
        content = set_ranges(_convert(network), images)
        content = mlir_quantize(content, input_data_type=input_type)
    else:
        content = _convert(network, functools.partial(_configure_16_bits, images))
        content = flatbuffer.narrow_biases(content)
    flatbuffer.refuse_float(content, quantize)
    image = _spec(graph, size, tf.uint8 if uint8 else tf.float32)
    residual = tf.TensorSpec(network.output_shapes, tf.float32)
    if uint8 and input_type != tf.uint8:
        content = flatbuffer.join(_convert(_concrete(_to_float, image)), content, ["output"])

    if combination is None:
        if not uint8:
            return content
        return flatbuffer.join(content, _convert(_concrete(_to_uint8, residual)), ["output"])

    def combine(image, residual):
        image = _to_float(image) if uint8 else image
        restored = image - residual if combination is Subtract else image + residual
        return _to_uint8(restored) if uint8 else restored

    combined = _convert(_concrete(combine, image, residual))
    return flatbuffer.join(content, combined, ["input", "output"])


def _configure_16_bits(images, converter):
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    count = max(2, MAX_PIXELS_16_BITS // (images[0].shape[1] * images[0].shape[2]))
    converter.representative_dataset = lambda: ([image] for image in images[:count])
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
        tf.lite.OpsSet.TFLITE_BUILTINS,
    ]


def _spec(graph, size, dtype):
    height, width = size or (None, None)
    return tf.TensorSpec([1, height, width, graph.image.channels], dtype)


def _concrete(function, *specs):
    return tf.function(function, input_signature=specs).get_concrete_function()


def _to_float(image):
    return tf.cast(image, tf.float32) * (1 / 255)


def _to_uint8(image):
    # LiteRT's cast truncates.
    return tf.cast(tf.minimum(tf.maximum(image, 0.0), 1.0) * 255.0 + 0.5, tf.uint8)


def _convert(function, configure=lambda converter: None):
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    configure(converter)
    try:
        content = converter.convert()
    except Exception as error:
        names = sorted(set(re.findall(r"\b(?:tf|tfl)\.\w+|\bFlex\w+", str(error))))
        raise ValueError(
            f"LiteRT cannot run this model. Operations: {', '.join(names) or 'unknown'}. {error}"
        ) from error
    flatbuffer.refuse_custom(content)
    return content
