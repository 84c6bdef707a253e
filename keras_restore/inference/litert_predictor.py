"""A LiteRT file as a predictor, without TensorFlow and Keras."""

import json
import os
import pathlib

import numpy as np

from keras_restore.inference.shipped_models import read_card

METADATA_NAME = "keras_restore"
GEOMETRY = ("channels", "scale", "multiple", "halo")
# Of the arena that LiteRT plans, in units of its largest tensor.
LARGEST_TENSORS_ALIVE = 5


class LiteRTPredictor:
    """Runs a `.tflite` file on windows.

    The geometry is read from the file's metadata entry "keras_restore", or from the
    `card.json` beside the file.

    Args:
        path: Path of the file.

    Attributes:
        size: `(height, width)` of a file of fixed size, None for any size.
        channels, scale, multiple, halo, largest_batch, bytes_per_pixel, card: See
            `KerasPredictor`.

    Raises:
        ImportError: If `ai-edge-litert` is not installed.
        ValueError: If the file is none, or nothing says its geometry.

    Example:

    >>> predictor = LiteRTPredictor("savedmodels/xdncnn_gray_sigma25/model.tflite")
    """

    largest_batch = 1

    def __init__(self, path):
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise ImportError("LiteRT files need `pip install ai-edge-litert`.") from error
        path = pathlib.Path(path)
        self.card = read_card(path)
        geometry = {**self.card, **_read_metadata(path)}
        missing = [key for key in GEOMETRY if key not in geometry]
        if missing:
            raise ValueError(
                f"Nothing says the {', '.join(missing)} of {str(path)!r}: it must have been "
                "written by keras_restore.export, or have a card.json beside it."
            )
        self.channels, self.scale, self.multiple, self.halo = (geometry[key] for key in GEOMETRY)
        try:
            self._interpreter = Interpreter(str(path), num_threads=os.cpu_count())
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"{str(path)!r} is not a LiteRT file: {error}") from error
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        sides = [int(side) for side in self._input["shape_signature"][1:3]]
        self.size = None if -1 in sides else tuple(sides)
        self._shape = None
        self.bytes_per_pixel = self._working_memory()

    def __call__(self, batch):
        if batch.shape != self._shape:
            self._resize(batch.shape)
        if np.issubdtype(self._input["dtype"], np.integer):
            batch = np.rint(np.clip(batch, 0, 1) * 255)
        batch = np.ascontiguousarray(batch, self._input["dtype"])
        try:
            self._interpreter.set_tensor(self._input["index"], batch)
            self._interpreter.invoke()
        except RuntimeError as error:
            raise MemoryError(str(error)) from error
        restored = self._interpreter.get_tensor(self._output["index"])
        if np.issubdtype(restored.dtype, np.integer):
            return restored.astype(np.float32) / np.float32(255)
        return restored

    def _resize(self, shape):
        if self.size is None:
            self._interpreter.resize_tensor_input(self._input["index"], shape)
        self._interpreter.allocate_tensors()
        self._shape = tuple(shape)

    def _working_memory(self):
        height, width = self.size or (64, 64)
        self._resize((1, height, width, self.channels))
        largest = max(
            np.prod(tensor["shape"]) * np.dtype(tensor["dtype"]).itemsize
            for tensor in self._interpreter.get_tensor_details()
            if len(tensor["shape"]) == 4 and tensor["shape"][1] >= height
        )
        return int(LARGEST_TENSORS_ALIVE * largest / (height * width))


def _read_metadata(path):
    """The metadata entry that keras_restore.export writes into its files, or nothing."""
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = schema.Model.GetRootAs(path.read_bytes(), 0)
        for i in range(model.MetadataLength()):
            entry = model.Metadata(i)
            if (entry.Name() or b"").decode() == METADATA_NAME:
                return json.loads(model.Buffers(entry.Buffer()).DataAsNumpy().tobytes())
    except (ValueError, TypeError, IndexError, AttributeError):
        pass
    except Exception as error:
        raise ValueError(f"{str(path)!r} is not a LiteRT file: {error}") from error
    return {}
