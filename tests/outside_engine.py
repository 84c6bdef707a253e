"""An engine of another package: one 3x3 convolution in NumPy, of a file of its own kind."""

import pathlib

import numpy as np
from scipy import ndimage

from keras_restore.inference import Predictor, read_card


class NumPyPredictor(Predictor):
    """Runs `.npz` files."""

    FILE = "model.npz"
    bytes_per_pixel = 8
    geometry = {"channels": 1, "scale": 1, "multiple": 1, "halo": 1}

    def __init__(self, path):
        super().__init__(read_card(path))
        self._kernel = np.load(path)["kernel"]

    @staticmethod
    def reads(path):
        return pathlib.Path(path).suffix == ".npz"

    def _run(self, batch, sigma):
        weights = self._kernel[None, ..., None]
        return ndimage.correlate(batch, weights, mode="constant")


def write(model, path):
    """Writes a Keras model of one convolution without bias."""
    (kernel,) = model.get_weights()
    np.savez(path, kernel=kernel[:, :, 0, 0])
