"""The noise level of an image as one more channel."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_restore")
class NoiseLevelMap(keras.layers.Layer):
    """Puts a map of the noise's sigma behind the channels of an image.

    How FFDNet (Zhang, Zuo and Zhang, IEEE TIP 2018, Sec. III) and FDnCNN are told the noise
    level: one network for every level, also for one that varies over the image.

    Call arguments:
        inputs: The pair `[degraded, sigma]`: images `(batch, height, width, channels)` in [0, 1],
            and sigma in grey levels of 255, one number per image, `(batch, 1, 1, 1)`, or a map,
            `(batch, height, width, 1)`.

    Output shape: `(batch, height, width, channels + 1)`; the last channel is sigma / 255.

    Raises:
        ValueError: If the inputs are not two tensors.

    Example:

    >>> image, sigma = keras.ops.ones((1, 8, 8, 3)), keras.ops.full((1, 1, 1, 1), 25.0)
    >>> keras.ops.shape(NoiseLevelMap()([image, sigma]))
    (1, 8, 8, 4)
    """

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(
                f"`inputs` must be the pair [degraded, sigma]. Received: inputs={inputs}"
            )
        degraded, sigma = inputs
        level = ops.zeros_like(degraded[..., :1]) + sigma * (1 / 255)
        return ops.concatenate([degraded, level], axis=-1)

    def compute_output_shape(self, input_shape):
        degraded, _ = input_shape
        return (*degraded[:-1], degraded[-1] + 1)
