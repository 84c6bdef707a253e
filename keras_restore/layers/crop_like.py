"""The inverse of `PadToMultiple`."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_restore")
class CropLike(keras.layers.Layer):
    """Crops a tensor, from its top left corner, to the height and width of another.

    Call arguments:
        inputs: The pair `[tensor, reference]`; `tensor` is at least as large as `reference`.

    Output shape: `tensor`'s with the height and width of `reference`.

    Raises:
        ValueError: If the inputs are not two tensors.

    Example:

    >>> keras.ops.shape(CropLike()([keras.ops.ones((1, 8, 8, 3)), keras.ops.ones((1, 5, 8, 1))]))
    (1, 5, 8, 3)
    """

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(
                f"`inputs` must be the pair [tensor, reference]. Received: inputs={inputs}"
            )
        tensor, reference = inputs
        height, width = ops.shape(reference)[1:3]
        return tensor[:, :height, :width, :]

    def compute_output_shape(self, input_shape):
        tensor, reference = input_shape
        return (tensor[0], reference[1], reference[2], tensor[3])
