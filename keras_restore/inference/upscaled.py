"""Models whose input is a picture that was enlarged before."""

import math

from keras_restore.inference.predictor_wrapper import PredictorWrapper
from keras_restore.ops import resize_bicubic

# Pixels on each side that a bicubically interpolated one depends on.
BICUBIC_HALO = 3


class Upscaled(PredictorWrapper):
    """Enlarges a picture bicubically before the network, as SRCNN and DnCNN-3 want it.

    Args:
        predictor: One of scale 1.
        factor: Positive integer.

    Raises:
        ValueError: If `factor` is not a positive integer, or the predictor enlarges itself or
            takes windows of one size only.

    Example:

    >>> large = Upscaled(KerasPredictor(keras_restore.models.xsrcnn_f()), 3)(batch)
    """

    def __init__(self, predictor, factor):
        super().__init__(predictor)
        if not isinstance(factor, int) or factor < 1:
            raise ValueError(f"`upscale` must be a positive integer. Received: upscale={factor}")
        if predictor.scale != 1 or predictor.size is not None:
            raise ValueError(
                "`upscale` is for models of scale 1 that take any size. "
                f"Received: a model of scale {predictor.scale} and size {predictor.size}"
            )
        self.factor = factor
        self.scale = factor
        self.multiple = predictor.multiple // math.gcd(predictor.multiple, factor)
        self.bytes_per_pixel = predictor.bytes_per_pixel * factor**2
        self.halo = predictor.halo
        if predictor.halo is not None:
            self.halo = -(-predictor.halo // factor) + BICUBIC_HALO

    def __call__(self, batch):
        return self.predictor(resize_bicubic(batch, scale=self.factor))
