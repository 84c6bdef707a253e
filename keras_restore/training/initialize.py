"""Other starting weights than the builders choose."""

import keras

from keras_restore.graph import layers_of
from keras_restore.models.image_output import LAST_CONVOLUTION_STDDEV


def initialize(model, initializer, seed):
    """Draws the kernels of a model's convolutions anew.

    A kernel that starts (nearly) at zero, the last one of a residual network, keeps that start,
    and so do depthwise filters: the gates of an xUnit.

    Args:
        model: A `keras.Model`.
        initializer: "he_normal" (DnCNN, RED-Net), "orthogonal", "glorot_uniform", or another name
            that Keras knows.
        seed: Integer.

    Raises:
        ValueError: If Keras does not know the initializer.

    Example:

    >>> initialize(model, "orthogonal", seed=0)
    """
    keras.initializers.get(initializer)
    kinds = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    for i, layer in enumerate(layers_of(model)):
        if type(layer) in kinds and keras.ops.std(layer.kernel) > 2 * LAST_CONVOLUTION_STDDEV:
            config = {"class_name": initializer, "config": {"seed": seed + i}}
            kernel = keras.initializers.get(config)(layer.kernel.shape, layer.kernel.dtype)
            layer.kernel.assign(kernel)
