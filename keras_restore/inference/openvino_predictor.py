"""A LiteRT file or a SavedModel, run by OpenVINO."""

import functools
import pathlib
import re

import numpy as np

from keras_restore.inference.card import read_card
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.predictor import Predictor, geometry_from, levels_of
from keras_restore.machine import cores
from keras_restore.restored_output import restored_output

# Shapes of windows whose compiled networks are kept.
COMPILED = 4
HINTS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVINOPredictor(Predictor):
    """Runs a SavedModel or a `.tflite` file on windows, without TensorFlow.

    The network is compiled once for every shape of a window, in the precision that was asked
    for: OpenVINO's own default changes from processor to processor.

    Args:
        path: Path of the SavedModel's folder or of a `.tflite` file of float images, with the
            card in it or beside it.
        precision: "float32", or "bfloat16": twice as fast where the processor has it, and some
            65 dB from float32.

    Raises:
        ImportError: If `openvino` is not installed; or LiteRT, which checks its files.
        ValueError: If the file is none, OpenVINO has not all of its operations, or the processor
            has no bfloat16.

    Example:

    >>> predictor = OpenVINOPredictor("savedmodels/photo/saved_model", precision="bfloat16")
    """

    NAME = "openvino"
    FILE = "saved_model"
    NEEDS = ("openvino",)
    PRECISIONS = tuple(HINTS)

    def __init__(self, path, precision="float32"):
        try:
            import openvino
        except ImportError as error:
            raise ImportError("OpenVINO needs `pip install keras-restore[openvino]`.") from error
        super().__init__(read_card(path))
        self._path = pathlib.Path(path)
        self._core = openvino.Core()
        if precision not in HINTS:
            raise ValueError(
                f"`precision` must be one of {self.PRECISIONS}. Received: precision={precision!r}"
            )
        if precision == "bfloat16" and not self._has_bfloat16():
            raise ValueError(
                "`precision` must be 'float32': this processor has no bfloat16. "
                "Received: precision='bfloat16'"
            )
        self.precision = precision
        self._settings = {
            "INFERENCE_PRECISION_HINT": HINTS[precision],
            "INFERENCE_NUM_THREADS": cores(),
            "PERFORMANCE_HINT": "LATENCY",
        }
        # OpenVINO itself crashes on a damaged file.
        self._checked = LiteRTPredictor(path) if LiteRTPredictor.reads(path) else None
        try:
            self._network = self._core.read_model(str(path))
        except RuntimeError as error:
            raise self._refusal(error) from error
        shapes = {tensor.any_name: tensor.partial_shape for tensor in self._network.inputs}
        self.takes_sigma = "sigma" in shapes
        self.takes_map = self.takes_sigma and shapes["sigma"][1].is_dynamic
        self._input = next(name for name in shapes if name != "sigma")
        _, *sides, _ = shapes[self._input]
        if all(side.is_static for side in sides):
            self.size = tuple(side.get_length() for side in sides)
        self._compiled = {}

    @staticmethod
    def reads(path):
        path = pathlib.Path(path)
        return path.suffix == ".tflite" or (path / "saved_model.pb").is_file()

    @functools.cached_property
    def geometry(self):
        if self._checked:
            return self._checked.geometry
        return geometry_from(self._path, self.card.geometry)

    def _run(self, batch, sigma):
        inputs = {self._input: np.ascontiguousarray(batch)}
        if self.takes_sigma:
            inputs["sigma"] = levels_of(batch, sigma)
        shapes = tuple((name, value.shape) for name, value in inputs.items())
        request = self._compiled.pop(shapes, None) or self._compile(shapes)
        # The last one comes last.
        self._compiled[shapes] = request
        if len(self._compiled) > COMPILED:
            del self._compiled[next(iter(self._compiled))]
        try:
            outputs = request.infer(inputs, share_inputs=True)
        except RuntimeError as error:
            raise MemoryError(str(error)) from error
        return restored_output({output.any_name: outputs[output] for output in outputs})

    def _compile(self, shapes):
        try:
            network = self._network.clone()
            network.reshape(dict(shapes))
            return self._core.compile_model(network, "CPU", self._settings).create_infer_request()
        except RuntimeError as error:
            raise self._refusal(error) from error

    def _refusal(self, error):
        operations = re.search(r"No conversion rule found for operations: (.*)", str(error))
        reason = f"it has no {operations[1]}" if operations else error
        return ValueError(f"OpenVINO cannot run {str(self._path)!r}: {reason}")

    def _has_bfloat16(self):
        return "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
