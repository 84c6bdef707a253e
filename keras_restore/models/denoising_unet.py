"""The denoising U-Net of Liu et al.

Liu, Wen, Liu, Wang and Huang, "When Image Denoising Meets High-Level Vision Tasks: A Deep
Learning Approach", IJCAI 2018.
"""

import keras

from keras_restore.layers import BatchNormalization, PadToMultiple
from keras_restore.models.image_output import image_output
from keras_restore.ops.checks import check_positive

MOMENTUM = 0.9
EPSILON = 1e-5


def denoising_unet(channels=3, *, filters=64, name="denoising_unet"):
    """Builds the three-scale denoising network of Sec. 2.1 and Fig. 2.

    conv 5x5 (no batch norm, no ReLU); twice an encoder of stride 2: conv 3x3x128 and a
    residual block 1x1x32, 3x3x32, 1x1x128; deconv 4x4x32 of stride 2; a decoder on its
    concatenation with the features of scale 2: conv 3x3x256 and a residual block 1x1x64,
    3x3x64, 1x1x256; deconv 4x4x64 of stride 2; concatenation with the first features;
    conv 3x3; the input is added. Batch norm and ReLU follow every convolution of an encoder
    or decoder, the ReLU of a block's last one after the sum. The image is padded inside the
    model to a multiple of 4.

    1,032,931 trainable parameters; the paper gives no count.

    Args:
        channels: Of the image, 1 or 3.
        filters: Channels of the first layer, an even integer; those of the other layers are
            as many times larger or smaller as in the paper (64).
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the same shape, float32 in
        [0, 1], any height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.denoising_unet()
    """
    check_positive(channels=channels, filters=filters)
    if filters % 2:
        raise ValueError(f"`filters` must be an even integer. Received: filters={filters}")

    def normalized(x, filters, kernel_size, name, strides=1, activation=True):
        x = keras.layers.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"{name}_conv",
        )(x)
        x = BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, name=f"{name}_norm")(x)
        return keras.layers.ReLU(name=f"{name}_relu")(x) if activation else x

    def coding_module(x, filters, name, strides=1):
        x = skip = normalized(x, filters, 3, f"{name}_1", strides)
        x = normalized(x, filters // 4, 1, f"{name}_2")
        x = normalized(x, filters // 4, 3, f"{name}_3")
        x = normalized(x, filters, 1, f"{name}_4", activation=False)
        x = keras.layers.Add(name=f"{name}_sum")([x, skip])
        return keras.layers.ReLU(name=f"{name}_relu")(x)

    def deconv(x, filters, name):
        return keras.layers.Conv2DTranspose(filters, 4, strides=2, padding="same", name=name)(x)

    # === Functional Model ===
    degraded = keras.Input((None, None, channels), name="degraded")
    padded = PadToMultiple(4, name="pad")(degraded)
    scale1 = keras.layers.Conv2D(filters, 5, padding="same", name="conv0")(padded)
    scale2 = coding_module(scale1, 2 * filters, "encoder1", strides=2)
    x = coding_module(scale2, 2 * filters, "encoder2", strides=2)
    x = deconv(x, filters // 2, "deconv1")
    x = keras.layers.Concatenate(name="concat1")([x, scale2])
    x = coding_module(x, 4 * filters, "decoder")
    x = deconv(x, filters, "deconv2")
    x = keras.layers.Concatenate(name="concat2")([x, scale1])
    restored = image_output(degraded, x, 3, "add", "conv_out", padded=True)
    return keras.Model(degraded, restored, name=name)
