"""The loss that is what is measured."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_restore")
class PsnrLoss(keras.losses.Loss):
    """The negative PSNR of each patch, in decibels, for values from 0 to 1.

    `10 log10(mean((y_true - y_pred)^2) + 1e-8)`: Chen et al., "HINet", CVPR workshops 2021,
    and BasicSR's `PSNRLoss`. A smooth patch, whose error is small, weighs as much as
    one full of texture; the mean squared error leaves most of the weight to texture.

    Example:

    >>> model.compile("adam", PsnrLoss())
    """

    def call(self, y_true, y_pred):
        square = ops.square(ops.cast(y_true, y_pred.dtype) - y_pred)
        error = ops.mean(square, axis=list(range(1, len(y_pred.shape))))
        return ops.log(error + 1e-8) * (10 / math.log(10))
