"""DnCNN: a chain of convolutions with batch normalisation that predicts the noise.

Zhang, Zuo, Chen, Meng and Zhang, "Beyond a Gaussian Denoiser: Residual Learning of Deep CNN
for Image Denoising", IEEE TIP 2017. `conv_net` is the chain that the xUnit paper (CVPR 2018,
Fig. 3) compares its networks with.
"""

import keras

from keras_restore.models.image_output import image_output
from keras_restore.ops.checks import check_positive

KERNEL_SIZE = 3
# PyTorch's default 0.1 in Keras' convention. The authors' later PyTorch code has 0.95 (ours: 0.05).
MOMENTUM = 0.9
EPSILON = 1e-5


def dncnn(depth=17, channels=1, filters=64, residual=True, batch_norm=True, name="dncnn"):
    """Builds DnCNN (TIP 2017, Sec. III and Fig. 1).

    conv + ReLU; `depth - 2` times conv (no bias) + batch norm + ReLU; conv. The output is
    degraded - residual. DnCNN-S has depth 17; DnCNN-B, CDnCNN-B and DnCNN-3 have depth 20.
    555K parameters (depth 17, gray): 556,097 with the biases of the first and last layer.

    Args:
        depth: Number of convolutions, at least 2.
        channels: Of the image, 1 or 3.
        filters: Channels of the hidden layers.
        residual: Whether the network predicts the noise; False gives the direct mapping of
            the paper's Fig. 2.
        batch_norm: Whether the middle layers are normalised. Without it they have a bias; a
            published checkpoint whose batch norms are merged is of this form.
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the same shape, float32 in
        [0, 1], any height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> keras_restore.models.dncnn(depth=20, channels=3).count_params()
    672643
    """
    return _chain(depth, channels, filters, residual, batch_norm, first_norm=False, name=name)


def conv_net(depth, channels=1, filters=64, residual=True, name="conv_net"):
    """Builds the ConvNet of the xUnit paper (CVPR 2018, Fig. 3): the baseline of `xnet`.

    `depth - 1` times conv + batch norm + ReLU, then conv; the output is degraded - residual.
    It differs from `dncnn` in the batch norm of the first layer.

    Args:
        depth: Number of convolutions, at least 2.
        channels: Of the image, 1 or 3.
        filters: Channels of the hidden layers.
        residual: Whether the network predicts the noise (the paper's Fig. 5 uses False).
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the same shape, float32.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.conv_net(depth=9)
    """
    return _chain(depth, channels, filters, residual, True, first_norm=True, name=name)


def _chain(depth, channels, filters, residual, batch_norm, first_norm, name):
    check_positive(depth=depth, channels=channels, filters=filters)
    if depth < 2:
        raise ValueError(f"`depth` must be at least 2. Received: depth={depth}")

    # === Functional Model ===
    degraded = keras.Input((None, None, channels), name="degraded")
    x = degraded
    for i in range(1, depth):
        normalised = batch_norm and (i > 1 or first_norm)
        x = keras.layers.Conv2D(
            filters,
            KERNEL_SIZE,
            padding="same",
            use_bias=not normalised,
            kernel_initializer="he_normal",
            name=f"conv{i}",
        )(x)
        if normalised:
            x = keras.layers.BatchNormalization(
                momentum=MOMENTUM, epsilon=EPSILON, name=f"norm{i}"
            )(x)
        x = keras.layers.ReLU(name=f"relu{i}")(x)
    restored = image_output(degraded, x, KERNEL_SIZE, residual, name=f"conv{depth}")
    return keras.Model(degraded, restored, name=name)
