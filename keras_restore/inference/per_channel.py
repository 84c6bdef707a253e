"""Gray models on colour pictures, channel by channel."""

import numpy as np

from keras_restore.inference.predictor_wrapper import PredictorWrapper


class PerChannel(PredictorWrapper):
    """Restores each channel of a colour picture as a gray one.

    Args:
        predictor: One for gray pictures.

    Example:

    >>> restored = PerChannel(gray_predictor)(colour_batch)
    """

    channels = 3

    def __call__(self, batch):
        parts = np.split(batch, batch.shape[-1], axis=-1)
        return np.concatenate([self.predictor(part) for part in parts], axis=-1)
