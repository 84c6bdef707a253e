"""Running a LiteRT file as it is, on whole images."""

import os

import numpy as np
from ai_edge_litert.interpreter import Interpreter


class LiteRTFile:
    """A LiteRT file from one image to one image.

    Args:
        path: Of the `.tflite` file.
        threads: Number of threads; as many as there are cores by default.

    Attributes:
        size: (height, width) of a file of fixed size, otherwise None.
        dtype: NumPy type of the images.

    Example:

    >>> restored = LiteRTFile("model.tflite").run(degraded)
    """

    def __init__(self, path, threads=None):
        threads = threads or len(os.sched_getaffinity(0))
        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        entries = self._interpreter.get_input_details()
        self._sigma = next((e["index"] for e in entries if "sigma" in e["name"]), None)
        entry = next(e for e in entries if e["index"] != self._sigma)
        self._input = entry["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._shape = None
        size = tuple(int(n) for n in entry["shape_signature"][1:3])
        self.size = None if -1 in size else size
        self.dtype = np.dtype(entry["dtype"])

    def run(self, image, sigma=None):
        """Runs one image `(1, height, width, channels)` of the file's type, perhaps told sigma."""
        if image.shape != self._shape:
            self._interpreter.resize_tensor_input(self._input, image.shape, strict=True)
            self._interpreter.allocate_tensors()
            self._shape = image.shape
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(image, self.dtype))
        if self._sigma is not None:
            level = np.full((1, 1, 1, 1), sigma, np.float32)
            self._interpreter.set_tensor(self._sigma, level)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)
