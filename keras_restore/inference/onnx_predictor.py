"""An ONNX file, run by ONNX Runtime."""

import functools
import json
import pathlib

from keras_restore.inference.card import read_card
from keras_restore.inference.predictor import (
    METADATA_NAME,
    Predictor,
    geometry_from,
    levels_of,
)
from keras_restore.machine import cores


class ONNXPredictor(Predictor):
    """Runs an ONNX file on windows, with neither TensorFlow nor Keras.

    The geometry is read from the file's metadata entry "keras_restore", or from the
    `card.json` beside the file.

    Args:
        path: Path of the file.

    Raises:
        ImportError: If `onnxruntime` is not installed.
        ValueError: If the file is none.

    Example:

    >>> predictor = ONNXPredictor("model.onnx")
    """

    NAME = "onnx"
    FILE = "model.onnx"
    NEEDS = ("onnxruntime",)

    def __init__(self, path):
        try:
            import onnxruntime
        except ImportError as error:
            raise ImportError("ONNX files need `pip install keras-restore[onnx]`.") from error
        super().__init__(read_card(path))
        self._path = pathlib.Path(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = cores()
        try:
            self._session = onnxruntime.InferenceSession(
                self._path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ValueError(f"{str(path)!r} is not an ONNX file: {error}") from error
        self.takes_sigma = "sigma" in [tensor.name for tensor in self._session.get_inputs()]

    @staticmethod
    def reads(path):
        return pathlib.Path(path).suffix == ".onnx"

    @functools.cached_property
    def geometry(self):
        entry = self._session.get_modelmeta().custom_metadata_map.get(METADATA_NAME, "{}")
        return geometry_from(self._path, self.card.geometry, json.loads(entry))

    def _run(self, batch, sigma):
        inputs = {"degraded": batch}
        if self.takes_sigma:
            inputs["sigma"] = levels_of(batch, sigma)
        return self._session.run(["restored"], inputs)[0]
