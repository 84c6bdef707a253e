"""Less than the full effect."""

from keras_restore.inference.predictor_wrapper import PredictorWrapper
from keras_restore.inference.upscaled import BICUBIC_HALO
from keras_restore.ops import resize_bicubic


class Blend(PredictorWrapper):
    """Mixes the restored picture with the degraded one (enlarged bicubically if need be).

    Args:
        predictor: The predictor to run.
        strength: From 0 (the picture as it is) to 1 (the model's result).

    Raises:
        ValueError: If `strength` is out of range.

    Example:

    >>> softer = Blend(predictor, strength=0.7)(batch)
    """

    def __init__(self, predictor, strength):
        super().__init__(predictor)
        if not 0 <= strength <= 1:
            raise ValueError(f"`strength` must be between 0 and 1. Received: strength={strength}")
        self.strength = strength
        self.halo = predictor.halo
        if predictor.scale != 1 and predictor.halo is not None:
            self.halo = max(predictor.halo, BICUBIC_HALO)

    def __call__(self, batch):
        restored = self.predictor(batch)
        if self.scale != 1:
            batch = resize_bicubic(batch, scale=self.scale)
        return batch + self.strength * (restored - batch)
