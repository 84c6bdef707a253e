"""Sub-pixel upsampling."""

import keras
from keras import ops

from keras_restore.ops.checks import check_positive


@keras.saving.register_keras_serializable(package="keras_restore")
class PixelShuffle(keras.layers.Layer):
    """Moves groups of channels into space: `scale` times as high and wide.

    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient
    Sub-Pixel Convolutional Neural Network", CVPR 2016, eq. 4:

        output[y, x, c] = input[y // s, x // s, C * s * (y % s) + C * (x % s) + c]

    with `C` output channels and `s = scale`, the order of `tf.nn.depth_to_space`. PyTorch's
    `nn.PixelShuffle` has the channel `c * s * s + s * (y % s) + x % s` instead: the filters
    of a convolution before it must be permuted when its weights are brought here.

    Args:
        scale: Positive integer.

    Input shape: `(batch, height, width, channels)`, `channels` a multiple of `scale ** 2`.
    Output shape: `(batch, height * scale, width * scale, channels / scale ** 2)`.

    Raises:
        ValueError: If `scale` is not a positive integer or does not fit the channels.

    Example:

    >>> keras.ops.shape(PixelShuffle(2)(keras.ops.ones((1, 8, 8, 256))))
    (1, 16, 16, 64)
    """

    def __init__(self, scale=2, **kwargs):
        check_positive(scale=scale)
        super().__init__(**kwargs)
        self.scale = scale

    def build(self, input_shape):
        self._output_channels(input_shape)

    def call(self, inputs):
        channels = self._output_channels(inputs.shape)
        height, width = ops.shape(inputs)[1:3]
        # Four axes only, which every LiteRT kernel takes.
        rows = ops.reshape(inputs, (-1, width, self.scale, self.scale * channels))
        rows = ops.transpose(rows, (0, 2, 1, 3))
        return ops.reshape(rows, (-1, height * self.scale, width * self.scale, channels))

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return (
            batch,
            None if height is None else height * self.scale,
            None if width is None else width * self.scale,
            self._output_channels(input_shape),
        )

    def _output_channels(self, input_shape):
        channels = input_shape[-1]
        if channels is None or channels % self.scale**2:
            raise ValueError(
                f"The channels must be a multiple of `scale` squared, {self.scale**2}. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        return channels // self.scale**2

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}
