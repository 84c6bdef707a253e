"""Enlarging by a whole factor, for any size of the input."""

import keras
from keras import ops

from keras_restore.ops.checks import check_positive


@keras.saving.register_keras_serializable(package="keras_restore")
class BilinearUpsampling(keras.layers.Layer):
    """Enlarges height and width bilinearly, half-pixel centres, borders continued.

    The values are those of `keras.layers.UpSampling2D(interpolation="bilinear")`, which in
    Keras 3.15 cannot be traced with an unknown height or width.

    Args:
        factor: Positive integer.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, factor * height, factor * width, channels)`.

    Raises:
        ValueError: If `factor` is not a positive integer.

    Example:

    >>> keras.ops.shape(BilinearUpsampling(8)(keras.ops.ones((1, 3, 4, 2))))
    (1, 24, 32, 2)
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        check_positive(factor=factor)
        self.factor = factor

    def call(self, inputs):
        return self._along(self._along(inputs, axis=1), axis=2)

    def _along(self, x, axis):
        x = ops.moveaxis(x, axis, 1)
        before = ops.concatenate([x[:, :1], x[:, :-1]], axis=1)
        after = ops.concatenate([x[:, 1:], x[:, -1:]], axis=1)
        places = [(i + 0.5) / self.factor - 0.5 for i in range(self.factor)]
        parts = [(1 + p) * x - p * before if p < 0 else (1 - p) * x + p * after for p in places]
        _, length, *others = ops.shape(x)
        x = ops.reshape(ops.stack(parts, axis=2), (-1, self.factor * length, *others))
        return ops.moveaxis(x, 1, axis)

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        height, width = (n if n is None else self.factor * n for n in (height, width))
        return (batch, height, width, channels)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}
