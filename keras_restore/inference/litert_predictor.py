"""A LiteRT file as a predictor, without TensorFlow and Keras."""

import functools
import pathlib

import numpy as np

from keras_restore.inference.card import read_card
from keras_restore.inference.predictor import Predictor, geometry_from
from keras_restore.machine import cores

# Of all feature maps in float32, how much LiteRT holds at once: a fresh process was measured to
# take 0.24 (xDnCNN), 0.43 (DnCNN), 0.48 (xSRResNet) and 0.62 (RED10) of them at 512 x 512.
SHARE_ALIVE = 0.5


class LiteRTPredictor(Predictor):
    """Runs a `.tflite` file on windows.

    The geometry is read from the file's metadata entry "keras_restore", or from the
    `card.json` beside the file. A file of 8-bit images gets the batch rounded.

    Args:
        path: Path of the file.
        threads: Number of threads; None for as many as there are cores.

    Raises:
        ImportError: If `ai-edge-litert` is not installed.
        ValueError: If the file is none, or no model of images.

    Example:

    >>> predictor = LiteRTPredictor("savedmodels/xdncnn_gray_sigma25/model.tflite")
    """

    NAME = "litert"
    FILE = "model.tflite"
    NEEDS = ("ai_edge_litert",)
    _out_of_memory = RuntimeError

    def __init__(self, path, threads=None):
        try:
            from ai_edge_litert.interpreter import Interpreter

            from keras_restore.inference import litert_file
        except ImportError as error:
            raise ImportError("LiteRT files need `pip install ai-edge-litert`.") from error
        super().__init__(read_card(path))
        self._path = pathlib.Path(path)
        self._metadata = litert_file.metadata(litert_file.read_model(self._path))
        self._made = lambda: Interpreter(str(path), num_threads=threads or cores())
        try:
            self._interpreter = self._made()
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"{str(path)!r} is not a LiteRT file: {error}") from error
        inputs = self._interpreter.get_input_details()
        self._sigma = next((entry for entry in inputs if "sigma" in entry["name"]), None)
        self.takes_sigma = self._sigma is not None
        self._input = _first_of_images(entry for entry in inputs if entry is not self._sigma)
        self._output = _first_of_images(self._interpreter.get_output_details())
        if self._input is None or self._output is None:
            raise ValueError(f"{str(path)!r} has no input or no output of images.")
        self.dtype = np.dtype(self._input["dtype"])
        sides = [int(side) for side in self._input["shape_signature"][1:3]]
        self.size = None if -1 in sides else tuple(sides)
        self._shape = None

    @staticmethod
    def reads(path):
        return pathlib.Path(path).suffix == ".tflite"

    @functools.cached_property
    def geometry(self):
        return geometry_from(self._path, self.card.geometry, self._metadata)

    @functools.cached_property
    def bytes_per_pixel(self):
        height = self.size[0] if self.size else -1
        shapes = [entry["shape_signature"] for entry in self._interpreter.get_tensor_details()]
        maps = [shape for shape in shapes if len(shape) == 4 and shape[1] in (-1, height)]
        return int(SHARE_ALIVE * 4 * sum(shape[3] for shape in maps))

    def _run(self, batch, sigma):
        if batch.shape != self._shape:
            self._resize(batch.shape)
        if np.issubdtype(self.dtype, np.integer):
            batch = np.rint(np.clip(batch, 0, 1) * 255)
        self._interpreter.set_tensor(self._input["index"], np.ascontiguousarray(batch, self.dtype))
        if self.takes_sigma:
            level = np.full(self._sigma["shape"], sigma, np.float32)
            self._interpreter.set_tensor(self._sigma["index"], level)
        self._interpreter.invoke()
        restored = self._interpreter.get_tensor(self._output["index"])
        if np.issubdtype(restored.dtype, np.integer):
            return restored.astype(np.float32) / np.float32(255)
        return restored

    def _resize(self, shape):
        if self.size is None:
            self._interpreter.resize_tensor_input(self._input["index"], shape)
        try:
            self._interpreter.allocate_tensors()
        except RuntimeError:
            # One that failed here crashes when it runs for another shape.
            self._interpreter = self._made()
            raise
        self._shape = tuple(shape)


def _first_of_images(entries):
    return next((entry for entry in entries if len(entry["shape_signature"]) == 4), None)
