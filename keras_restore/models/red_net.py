"""RED-Net: convolutions, mirrored deconvolutions and symmetric skip connections.

Mao, Shen and Yang, "Image Restoration Using Convolutional Auto-encoders with Symmetric Skip
Connections", arXiv 1606.08921 (NIPS 2016).
"""

import keras

from keras_restore.layers import PadToMultiple, SymmetricSkip
from keras_restore.models.image_output import image_output
from keras_restore.ops.checks import check_positive

KERNEL_SIZE = 3


def red_net(channels=1, *, depth, filters=64, skip_step=2, downsample_at=(), name="red_net"):
    """Builds a RED-Net of `depth / 2` convolutions and as many deconvolutions (Sec. 3).

    A ReLU follows every convolution, deconvolution and sum, but not the last deconvolution,
    whose output is added to the input. For every multiple k of `skip_step` below `depth / 2`
    the output of convolution k is summed into that of deconvolution `depth / 2 - k`.

    Args:
        channels: Of the image, 1 or 3.
        depth: Number of layers, an even integer, at least 4.
        filters: Channels of the hidden layers: 64 in the paper's ablations, 128 in the
            released RED30.
        skip_step: Distance of the skip connections; None builds none.
        downsample_at: Numbers (from 1) of the convolutions with stride 2; their mirrored
            deconvolutions have it too (Sec. 4.5: 1, 5, 9, or 5 and 9). The image is padded
            inside the model to the multiple that the strides need.
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the same shape, float32 in
        [0, 1], any height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.red_net(depth=10, downsample_at=(1,))
    """
    check_positive(depth=depth, filters=filters, channels=channels)
    if skip_step is not None:
        check_positive(skip_step=skip_step)
    half = depth // 2
    if depth < 4 or depth % 2:
        raise ValueError(f"`depth` must be an even integer, at least 4. Received: depth={depth}")
    if not all(isinstance(i, int) and 1 <= i <= half for i in downsample_at):
        raise ValueError(
            f"`downsample_at` must hold numbers of convolutions from 1 to {half}. "
            f"Received: downsample_at={downsample_at}"
        )

    def stride(i):
        return 2 if i in downsample_at else 1

    # === Functional Model ===
    degraded = keras.Input((None, None, channels), name="degraded")
    multiple = 2 ** len(set(downsample_at))
    x = PadToMultiple(multiple, name="pad")(degraded) if multiple > 1 else degraded
    encoder_features = {}
    for i in range(1, half + 1):
        x = keras.layers.Conv2D(
            filters,
            KERNEL_SIZE,
            strides=stride(i),
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"conv{i}",
        )(x)
        if skip_step and i % skip_step == 0 and i < half:
            encoder_features[half - i] = x
    for i in range(1, half):
        x = keras.layers.Conv2DTranspose(
            filters,
            KERNEL_SIZE,
            strides=stride(half + 1 - i),
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"deconv{i}",
        )(x)
        if i in encoder_features:
            x = SymmetricSkip(name=f"skip{i}")([x, encoder_features[i]])
    restored = image_output(
        degraded,
        x,
        KERNEL_SIZE,
        "add",
        f"deconv{half}",
        transposed=True,
        strides=stride(1),
        padded=multiple > 1,
    )
    return keras.Model(degraded, restored, name=name)


def red10(channels=1, *, filters=64, downsample_at=(), name="red10"):
    """Builds RED10: 5 convolutions, 5 deconvolutions, no inner skips. See `red_net`.

    Example:

    >>> model = keras_restore.models.red10()
    """
    return red_net(
        channels,
        depth=10,
        filters=filters,
        skip_step=None,
        downsample_at=downsample_at,
        name=name,
    )


def red20(channels=1, *, filters=64, downsample_at=(), name="red20"):
    """Builds RED20: 10 convolutions, 10 deconvolutions, skips of step 2. See `red_net`.

    Example:

    >>> model = keras_restore.models.red20()
    """
    return red_net(
        channels,
        depth=20,
        filters=filters,
        skip_step=2,
        downsample_at=downsample_at,
        name=name,
    )


def red30(channels=1, *, filters=128, downsample_at=(), name="red30"):
    """Builds RED30 as released, with 128 filters: about 4.1M parameters. See `red_net`.

    Example:

    >>> model = keras_restore.models.red30(filters=64)
    """
    return red_net(
        channels,
        depth=30,
        filters=filters,
        skip_step=2,
        downsample_at=downsample_at,
        name=name,
    )
