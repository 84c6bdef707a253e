"""SRResNet and xSRResNet: residual blocks and pixel shuffles.

Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial
Network", CVPR 2017; the variant is of Kligvasser, Rott Shaham and Michaeli, "xUnit: Learning
a Spatial Activation Function for Efficient Image Restoration", CVPR 2018, Sec. 4.3.
"""

import keras

from keras_restore.layers import BatchNormalization, PixelShuffle, XUnit
from keras_restore.models.image_output import image_output
from keras_restore.ops.checks import check_positive

SCALES = (2, 4, 8)
# PyTorch's default 0.1 in Keras' convention.
MOMENTUM = 0.9
EPSILON = 1e-5


def srresnet(channels=3, *, scale=4, blocks=16, filters=64, name="srresnet"):
    """Builds SRResNet (CVPR 2017, Sec. 2.1 and Fig. 4, the generator).

    conv 9x9 + PReLU; `blocks` times conv 3x3 - BN - PReLU - conv 3x3 - BN with a skip;
    conv 3x3 - BN with a skip over all blocks; for every factor of 2 a convolution to
    4 * `filters` channels, a pixel shuffle and a PReLU; conv 9x9.

    1.546M parameters as the xUnit paper counts them: 1,546,771 without biases, with one slope
    a PReLU (PyTorch's default, and the count that fits). A convolution before a batch norm
    has no bias here; the other four have one: 1,547,350 trainable in all.

    Args:
        channels: Of the image, 1 or 3.
        scale: 2, 4 or 8.
        blocks: Number of residual blocks.
        filters: Channels of the hidden layers.
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)`, the small image, to
        `(batch, scale * height, scale * width, channels)`, float32 in [0, 1].

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.srresnet(scale=2)
    """

    def activation(name):
        return _prelu(name)

    return _residual_network(scale, channels, blocks, filters, activation, False, name)


def xsrresnet(channels=3, *, scale=4, blocks=10, filters=64, kernel_size=9, name="xsrresnet"):
    """Builds xSRResNet (xUnit, Sec. 4.3): xUnits for the PReLUs of the blocks, 10 blocks of 16.

    A block is conv 3x3 - xUnit - conv 3x3 - BN with a skip (the xUnit begins with a batch
    norm of its own); the rest is as in `srresnet`. 1.155M parameters as the paper counts
    them, 1,155,971 without biases; 1,157,830 trainable in all.

    Args:
        channels: Of the image, 1 or 3.
        scale: 2, 4 or 8.
        blocks: Number of residual blocks.
        filters: Channels of the hidden layers.
        kernel_size: Of the xUnits' depthwise filters.
        name: Name of the model.

    Returns:
        A `keras.Model` as of `srresnet`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.xsrresnet()
    """

    def activation(name):
        return XUnit(kernel_size, name=name)

    return _residual_network(scale, channels, blocks, filters, activation, True, name)


def _prelu(name):
    return keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.25), shared_axes=[1, 2, 3], name=name
    )


def _residual_network(scale, channels, blocks, filters, activation, gated, name):
    if scale not in SCALES or isinstance(scale, bool):
        raise ValueError(f"`scale` must be one of {SCALES}. Received: scale={scale!r}")
    check_positive(channels=channels, blocks=blocks, filters=filters)

    def conv(filters, kernel_size, name, use_bias=True):
        return keras.layers.Conv2D(
            filters,
            kernel_size,
            padding="same",
            use_bias=use_bias,
            kernel_initializer="he_normal",
            name=name,
        )

    def norm(name):
        return BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, name=name)

    # === Functional Model ===
    degraded = keras.Input((None, None, channels), name="degraded")
    x = conv(filters, 9, "conv_in")(degraded)
    x = first = _prelu("prelu_in")(x)
    for i in range(1, blocks + 1):
        skip = x
        x = conv(filters, 3, f"block{i}_conv1", use_bias=gated)(x)
        if not gated:
            x = norm(f"block{i}_norm1")(x)
        x = activation(f"block{i}_{'xunit' if gated else 'prelu'}")(x)
        x = conv(filters, 3, f"block{i}_conv2", use_bias=False)(x)
        x = norm(f"block{i}_norm2")(x)
        x = keras.layers.Add(name=f"block{i}_sum")([x, skip])
    x = conv(filters, 3, "conv_mid", use_bias=False)(x)
    x = norm("norm_mid")(x)
    x = keras.layers.Add(name="sum_mid")([x, first])
    for i in range(1, scale.bit_length()):
        x = conv(4 * filters, 3, f"up{i}_conv")(x)
        x = PixelShuffle(2, name=f"up{i}_shuffle")(x)
        x = _prelu(f"up{i}_prelu")(x)
    restored = image_output(degraded, x, 9, None, "conv_out")
    return keras.Model(degraded, restored, name=name)
