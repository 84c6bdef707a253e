"""Muon for convolutions."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_restore")
class Muon(keras.optimizers.Muon):
    """Keras' Muon, which also takes the kernels of convolutions as matrices.

    Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024. Keras leaves
    all but 2-D weights to Adam; here a kernel `(rows, columns, inputs, outputs)` is the matrix
    `(rows columns inputs, outputs)`. Depthwise filters, kernels of one output, biases and
    normalizations stay with Adam, at the same learning rate.

    Args:
        **kwargs: See `keras.optimizers.Muon`.

    Example:

    >>> optimizer = Muon(1e-3, weight_decay=None, adam_weight_decay=None)
    """

    def _should_use_adamw(self, variable):
        return len(variable.shape) not in (2, 4) or variable.shape[-1] == 1

    def zeropower_via_newtonschulz5(self, x, steps):
        matrix = ops.reshape(x, (-1, x.shape[-1]))
        return ops.reshape(super().zeropower_via_newtonschulz5(matrix, steps), x.shape)

    def lr_adjust(self, x):
        matrix = ops.reshape(x, (-1, x.shape[-1]))
        return ops.reshape(super().lr_adjust(matrix), x.shape)
