"""Export: SavedModel, LiteRT and ONNX files, their verification, and the card."""

from keras_restore.export.activations import FLOAT16_LIMIT, largest_activation
from keras_restore.export.artifacts import write_artifacts
from keras_restore.export.export_formats import export_formats
from keras_restore.export.formats import FORMATS, Format
from keras_restore.export.keras_file import keras_file
from keras_restore.export.lowering import lower
from keras_restore.export.measure import measure
from keras_restore.export.onnx import onnx
from keras_restore.export.saved_model import saved_model
from keras_restore.export.tflite import tflite
from keras_restore.export.verify import verify

__all__ = [
    "FLOAT16_LIMIT",
    "FORMATS",
    "Format",
    "export_formats",
    "keras_file",
    "largest_activation",
    "lower",
    "measure",
    "onnx",
    "saved_model",
    "tflite",
    "verify",
    "write_artifacts",
]
