"""How a chain of convolutions ends."""

import keras

from keras_restore.layers import ResidualOutput
from keras_restore.models.initializers import near_zero


def image_output(degraded, features, kernel_size, residual, name):
    """Turns features into the restored image, by a convolution and perhaps a subtraction.

    Args:
        degraded: Keras tensor of the input image.
        features: Keras tensor.
        kernel_size: Of the convolution.
        residual: Whether the convolution predicts what is subtracted from `degraded`, or the
            image itself.
        name: Of the convolution; the output is named "restored".

    Returns:
        Keras tensor of the shape of `degraded`, float32.
    """
    prediction = keras.layers.Conv2D(
        degraded.shape[-1],
        kernel_size,
        padding="same",
        kernel_initializer=near_zero() if residual else "glorot_uniform",
        name=name,
    )(features)
    if residual:
        return ResidualOutput("subtract", name="restored")([degraded, prediction])
    return keras.layers.Activation("linear", dtype="float32", name="restored")(prediction)
