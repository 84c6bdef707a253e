"""RED-Net's skip connection."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_restore")
class SymmetricSkip(keras.layers.Layer):
    """Adds encoder features to their mirrored decoder features, then applies a ReLU.

    Source: Mao et al., "Image Restoration Using Convolutional Auto-encoders with Symmetric
    Skip Connections", arXiv 1606.08921, Sec. 3.1: the sum is followed by a ReLU.

    Call arguments:
        inputs: The pair `[decoder_features, encoder_features]`, two tensors of equal shape.

    Output shape: the inputs'.

    Raises:
        ValueError: If the inputs are not two tensors.

    Example:

    >>> features = keras.random.normal((1, 8, 8, 64))
    >>> keras.ops.shape(SymmetricSkip()([features, features]))
    (1, 8, 8, 64)
    """

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(
                "`inputs` must be the pair [decoder_features, encoder_features]. "
                f"Received: inputs={inputs}"
            )
        decoder_features, encoder_features = inputs
        return ops.relu(decoder_features + encoder_features)

    def compute_output_shape(self, input_shape):
        return input_shape[0]
