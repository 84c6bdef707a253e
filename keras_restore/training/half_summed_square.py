"""DnCNN's loss."""

import keras


@keras.saving.register_keras_serializable(package="keras_restore")
class HalfSummedSquare(keras.losses.Loss):
    """Half the summed square of the error, a patch: `sum((y_true - y_pred)^2) / 2`.

    Zhang et al., "Beyond a Gaussian Denoiser", TIP 2017, Eq. 1, whose mean over the batch is
    taken. For patches of n values it is n / 2 times the mean squared error, which matters to
    SGD and its learning rate, not to Adam.

    Example:

    >>> model.compile("sgd", HalfSummedSquare())
    """

    def call(self, y_true, y_pred):
        square = keras.ops.square(keras.ops.cast(y_true, y_pred.dtype) - y_pred)
        return keras.ops.sum(square, axis=list(range(1, len(y_pred.shape)))) / 2
