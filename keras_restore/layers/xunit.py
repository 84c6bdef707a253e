"""The xUnit: a learned spatial activation."""

import keras
from keras import ops

from keras_restore.layers.batch_normalization import BatchNormalization
from keras_restore.ops.depthwise import depthwise_conv

GATES = ("gaussian", "sigmoid", "linear")


@keras.saving.register_keras_serializable(package="keras_restore")
class XUnit(keras.layers.Layer):
    """Multiplies its input with a gate learned from each channel's neighbourhood.

    For an input `z` the output is `z * g` with (Kligvasser et al., "xUnit: Learning a
    Spatial Activation Function for Efficient Image Restoration", CVPR 2018, eq. 2, 5, 6
    and Fig. 2b)

        d = BN(depthwise(ReLU(BN(z))))
        g = exp(-d^2)

    The paper counts `(kernel_size^2 + 4) * channels` parameters; the authors' released
    networks also have a bias in the depthwise convolution, and so has this layer by
    default. The arguments cover the designs that Fig. 6 compares: without the batch
    normalisations, and with the "linear" gate `g = d` (BN+ReLU+depthwise only), which the
    paper reports to explode in deep networks. "sigmoid" is the gate of the authors' later
    public code.

    Args:
        kernel_size: Positive odd integer, side of the depthwise filter in pixels.
        gate: "gaussian", "sigmoid" or "linear".
        input_batch_norm: Whether to normalise before the ReLU.
        gate_batch_norm: Whether to normalise before the gate function.
        use_bias: Whether the depthwise convolution has a bias.
        momentum: Momentum of the batch normalisations' moving averages. The default 0.9
            is PyTorch's 0.1 (used by the authors) in Keras' convention.
        epsilon: Added to the variance in the batch normalisations.

    Input and output shape: `(batch, height, width, channels)`.

    Raises:
        ValueError: If `kernel_size` is not a positive odd integer or `gate` is unknown.

    Example:

    >>> features = keras.random.normal((1, 32, 32, 64))
    >>> keras.ops.shape(XUnit(kernel_size=9)(features))
    (1, 32, 32, 64)
    """

    def __init__(
        self,
        kernel_size=9,
        gate="gaussian",
        input_batch_norm=True,
        gate_batch_norm=True,
        use_bias=True,
        momentum=0.9,
        epsilon=1e-5,
        **kwargs,
    ):
        if not isinstance(kernel_size, int) or kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(
                f"`kernel_size` must be a positive odd integer. Received: kernel_size={kernel_size}"
            )
        if gate not in GATES:
            raise ValueError(f"`gate` must be one of {GATES}. Received: gate={gate!r}")
        super().__init__(**kwargs)
        self.kernel_size = kernel_size
        self.gate = gate
        self.input_batch_norm = input_batch_norm
        self.gate_batch_norm = gate_batch_norm
        self.use_bias = use_bias
        self.momentum = momentum
        self.epsilon = epsilon

        def batch_norm(name):
            return BatchNormalization(
                momentum=momentum, epsilon=epsilon, dtype=self.dtype_policy, name=name
            )

        self.input_norm = batch_norm("input_norm") if input_batch_norm else None
        self.depthwise = keras.layers.DepthwiseConv2D(
            kernel_size,
            padding="same",
            use_bias=use_bias,
            depthwise_initializer="he_normal",
            dtype=self.dtype_policy,
            name="depthwise",
        )
        self.gate_norm = batch_norm("gate_norm") if gate_batch_norm else None

    def build(self, input_shape):
        for layer in (self.input_norm, self.depthwise, self.gate_norm):
            if layer is not None:
                layer.build(input_shape)

    def call(self, inputs, training=None):
        return inputs * self.gate_map(inputs, training=training)

    def gate_map(self, inputs, training=None):
        """Returns the gate `g` alone, of the shape of `inputs` (Fig. 5 and 9 show it)."""
        d = inputs
        if self.input_norm is not None:
            d = self.input_norm(d, training=training)
        d = ops.relu(d)
        # Exported is the plain layer; JAX runs it slowly in evaluations, too.
        plain = not training and keras.backend.backend() != "jax"
        d = self.depthwise(d) if plain else self._fast_depthwise(d)
        if self.gate_norm is not None:
            d = self.gate_norm(d, training=training)
        if self.gate == "sigmoid":
            return ops.sigmoid(d)
        if self.gate == "linear":
            return d
        # Multiplications only: unlike square and negate, they have integer kernels in LiteRT.
        return ops.exp(d * d * -1.0)

    def _fast_depthwise(self, inputs):
        """The same convolution, with fast gradients."""
        outputs = depthwise_conv(inputs, self.depthwise.kernel)
        return outputs + self.depthwise.bias if self.use_bias else outputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "gate": self.gate,
            "input_batch_norm": self.input_batch_norm,
            "gate_batch_norm": self.gate_batch_norm,
            "use_bias": self.use_bias,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }
