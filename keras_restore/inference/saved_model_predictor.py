"""A SavedModel as a predictor."""

import functools
import pathlib

import numpy as np

from keras_restore.inference.card import read_card
from keras_restore.inference.predictor import Predictor, geometry_from, levels_of
from keras_restore.restored_output import restored_output


class SavedModelPredictor(Predictor):
    """Runs a SavedModel on windows; its `card.json` says the geometry.

    Args:
        path: Path of the SavedModel's folder, with the card in it or beside it.

    Raises:
        ValueError: If the folder is no SavedModel.

    Example:

    >>> predictor = SavedModelPredictor("savedmodels/xdncnn_gray_sigma25/saved_model")
    """

    NAME = "saved_model"
    FILE = "saved_model"
    NEEDS = ("tensorflow",)

    def __init__(self, path):
        import tensorflow as tf

        super().__init__(read_card(path))
        self._path = path
        self._out_of_memory = tf.errors.ResourceExhaustedError
        self._to_tensor = tf.constant
        try:
            self._loaded = tf.saved_model.load(str(path))
        except Exception as error:
            raise ValueError(f"{str(path)!r} is not a SavedModel: {error}") from error
        signature = self._loaded.signatures["serving_default"].structured_input_signature[1]
        self.takes_sigma = "sigma" in signature
        self.takes_map = self.takes_sigma and signature["sigma"].shape[1] is None

    @staticmethod
    def reads(path):
        return (pathlib.Path(path) / "saved_model.pb").is_file()

    @functools.cached_property
    def geometry(self):
        return geometry_from(self._path, self.card.geometry)

    def _run(self, batch, sigma):
        images = self._to_tensor(batch)
        if self.takes_sigma:
            levels = self._to_tensor(levels_of(batch, sigma))
            images = {"degraded": images, "sigma": levels}
        return np.asarray(restored_output(self._loaded.serve(images)))
