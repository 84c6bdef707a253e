"""Padding of an image to a size that a strided network can take."""

import keras
from keras import ops

from keras_restore.ops.checks import check_positive


def padded_size(size, multiple):
    """The smallest multiple of `multiple` that is not below `size` (None stays None)."""
    return None if size is None else -(-size // multiple) * multiple


@keras.saving.register_keras_serializable(package="keras_restore")
class PadToMultiple(keras.layers.Layer):
    """Repeats the last row and column until height and width are multiples of `multiple`.

    It makes strided networks accept any size, inside the graph, so that every exported
    format accepts it too. `CropLike` undoes it at the end of the network.

    Args:
        multiple: Positive integer, in pixels.

    Input shape: `(batch, height, width, channels)`, any height and width from 1.
    Output shape: the same with height and width rounded up.

    Raises:
        ValueError: If `multiple` is not a positive integer.

    Example:

    >>> keras.ops.shape(PadToMultiple(4)(keras.ops.ones((1, 5, 8, 3))))
    (1, 8, 8, 3)
    """

    def __init__(self, multiple, **kwargs):
        check_positive(multiple=multiple)
        super().__init__(**kwargs)
        self.multiple = multiple

    def call(self, inputs):
        for axis in (1, 2):
            size = ops.shape(inputs)[axis]
            index = ops.arange(padded_size(size, self.multiple))
            inputs = ops.take(inputs, ops.minimum(index, size - 1), axis=axis)
        return inputs

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (
            batch,
            padded_size(height, self.multiple),
            padded_size(width, self.multiple),
            channels,
        )

    def get_config(self):
        return {**super().get_config(), "multiple": self.multiple}
