"""Gray models on the luma of colour pictures."""

import numpy as np

from keras_restore.inference.predictor_wrapper import PredictorWrapper
from keras_restore.inference.upscaled import BICUBIC_HALO
from keras_restore.ops import resize_bicubic, rgb_to_ycbcr, ycbcr_to_rgb


class LumaOnly(PredictorWrapper):
    """Restores the BT.601 luma of a colour picture and keeps its chroma.

    Super-resolution enlarges the chroma bicubically, as the papers do (SRCNN, Sec. 4).

    Args:
        predictor: One for gray pictures.

    Example:

    >>> large = LumaOnly(gray_predictor)(colour_batch)
    """

    channels = 3

    def __init__(self, predictor):
        super().__init__(predictor)
        self.halo = predictor.halo
        if predictor.scale != 1 and predictor.halo is not None:
            self.halo = max(predictor.halo, BICUBIC_HALO)

    def __call__(self, batch):
        planes = rgb_to_ycbcr(batch)
        luma = self.predictor(np.ascontiguousarray(planes[..., :1]))
        chroma = planes[..., 1:]
        if self.scale != 1:
            chroma = resize_bicubic(chroma, scale=self.scale)
        return ycbcr_to_rgb(np.concatenate([luma, chroma], axis=-1))
