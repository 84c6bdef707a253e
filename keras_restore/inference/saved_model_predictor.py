"""A SavedModel as a predictor."""

import numpy as np

from keras_restore.inference.shipped_models import read_card

# Feature maps of 64 channels that an unknown network is assumed to hold at once.
BYTES_PER_PIXEL = 8 * 64 * 4


class SavedModelPredictor:
    """Runs a SavedModel on windows; its `card.json` says the geometry.

    Args:
        path: Path of the SavedModel's folder, with the card in it or beside it.

    Attributes:
        channels, scale, multiple, halo, size, largest_batch, bytes_per_pixel, card: See
            `KerasPredictor`.

    Raises:
        ValueError: If there is no card, or the folder is no SavedModel.

    Example:

    >>> predictor = SavedModelPredictor("savedmodels/xdncnn_gray_sigma25/saved_model")
    """

    size = None
    largest_batch = 1
    bytes_per_pixel = BYTES_PER_PIXEL

    def __init__(self, path):
        import tensorflow as tf

        self.card = read_card(path)
        try:
            self.channels, self.scale, self.multiple, self.halo = (
                self.card[key] for key in ("channels", "scale", "multiple", "halo")
            )
        except KeyError as error:
            raise ValueError(
                f"The SavedModel {str(path)!r} needs a card.json beside it that says its channels, "
                f"scale, multiple and halo. Missing: {error}"
            ) from error
        try:
            self._loaded = tf.saved_model.load(str(path))
        except Exception as error:
            raise ValueError(f"{str(path)!r} is not a SavedModel: {error}") from error
        self._out_of_memory = tf.errors.ResourceExhaustedError
        self._to_tensor = tf.constant

    def __call__(self, batch):
        try:
            return np.asarray(self._loaded.serve(self._to_tensor(batch)))
        except self._out_of_memory as error:
            raise MemoryError(str(error)) from error
