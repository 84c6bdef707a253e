"""The formats that models are written in: one row for each."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable

from keras_restore.export import flatbuffer
from keras_restore.export.activations import largest_activation
from keras_restore.export.keras_file import keras_file
from keras_restore.export.measure import measure
from keras_restore.export.onnx import onnx
from keras_restore.export.saved_model import saved_model
from keras_restore.export.tflite import QUANTIZATIONS, tflite
from keras_restore.export.verify import verify
from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.onnx_predictor import ONNXPredictor
from keras_restore.inference.predictor import Predictor
from keras_restore.inference.saved_model_predictor import SavedModelPredictor

SPEED_SIZE = (256, 256)


@dataclasses.dataclass(frozen=True)
class Format:
    """A format that models are written in.

    Attributes:
        file: Name of the file or folder, in a model's folder.
        write: Function of the `keras.Model`, the path and the options.
        engine: Class of the `Predictor` that runs what was written; None if there is none here.
        options: Names of the keyword arguments of `write`.
        measure: Function from the path to a dictionary of what else is measured.

    Example:

    >>> path, row = FORMATS["keras"].export(model, "mine")
    """

    file: str
    write: Callable
    engine: type[Predictor] | None = None
    options: tuple[str, ...] = ()
    measure: Callable = lambda path: {}

    def export(self, model, folder, **options):
        """Writes a model into a folder and runs what was written once against it.

        Args:
            model: A functional `keras.Model`.
            folder: Of the model.
            **options: Those of the format are taken.

        Returns:
            The path, and a dictionary: `bytes`, and where an engine runs it
            `largest_difference`, see `verify`.

        Raises:
            ValueError: If the model does not have the format.
        """
        path = pathlib.Path(folder) / self.file
        self.write(model, path, **{name: options[name] for name in self.options if name in options})
        row = {"bytes": _size(path)}
        if self.engine is not None:
            row["largest_difference"] = verify(model, self.engine(path))
        return path, row


def _size(path):
    """The bytes of a file, or of all files below a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _litert(quantize):
    return Format(
        LiteRTPredictor.FILE if quantize == "float32" else f"model_{quantize}.tflite",
        functools.partial(tflite, quantize=quantize),
        LiteRTPredictor,
        ("size", "calibration", "uint8"),
        _measure_float16 if quantize == "float16" else _measure_litert,
    )


def _measure_litert(path):
    return {
        "operations": flatbuffer.count_operators(path.read_bytes()),
        **measure(path, SPEED_SIZE),
    }


def _measure_float16(path):
    return {**_measure_litert(path), "largest_activation": largest_activation(path)}


FORMATS = {
    "keras": Format(KerasPredictor.FILE, keras_file, KerasPredictor),
    "saved_model": Format(SavedModelPredictor.FILE, saved_model, SavedModelPredictor),
    "onnx": Format(ONNXPredictor.FILE, onnx, ONNXPredictor),
    **{quantize: _litert(quantize) for quantize in QUANTIZATIONS},
}
