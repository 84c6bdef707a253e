"""The last step of a residual network."""

import keras

MODES = ("subtract", "add")


@keras.saving.register_keras_serializable(package="keras_restore")
class ResidualOutput(keras.layers.Layer):
    """Combines the degraded image with the predicted residual, in float32.

    "subtract" is DnCNN's convention (Zhang et al., "Beyond a Gaussian Denoiser", TIP 2017,
    Sec. III-A): the network predicts the noise and restored = degraded - residual. "add" is
    RED-Net's and the denoising U-Net's: restored = degraded + residual.

    The computation is done in float32 whatever the global dtype policy is, so that a network
    trained in mixed precision does not round its output.

    Args:
        mode: "subtract" or "add".

    Call arguments:
        inputs: The pair `[degraded, residual]`, two tensors of equal shape. Degraded may have
            further channels, such as other frames of a clip; they are left out.

    Output shape: the residual's.

    Raises:
        ValueError: If `mode` is unknown, or the inputs are not two tensors.

    Example:

    >>> ResidualOutput("subtract")([keras.ops.ones((1, 8, 8, 1)), keras.ops.zeros((1, 8, 8, 1))])
    """

    def __init__(self, mode="subtract", dtype="float32", **kwargs):
        if mode not in MODES:
            raise ValueError(f"`mode` must be one of {MODES}. Received: mode={mode!r}")
        super().__init__(dtype=dtype, **kwargs)
        self.mode = mode

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(
                f"`inputs` must be the pair [degraded, residual]. Received: inputs={inputs}"
            )
        degraded, residual = inputs
        if degraded.shape[-1] != residual.shape[-1]:
            degraded = degraded[..., : residual.shape[-1]]
        return degraded - residual if self.mode == "subtract" else degraded + residual

    def compute_output_shape(self, input_shape):
        return input_shape[1]

    def get_config(self):
        return {**super().get_config(), "mode": self.mode}
