"""Chains of 3x3 convolutions: what DnCNN, ConvNet, xNet, xDnCNN and their sigma forms share."""

import keras

from keras_restore.layers import BatchNormalization, XUnit
from keras_restore.models.image_output import image_output
from keras_restore.models.noise_level import noise_level_inputs
from keras_restore.ops.checks import check_positive

KERNEL_SIZE = 3
# PyTorch's default 0.1 in Keras' convention. The authors' later PyTorch code has 0.95 (ours: 0.05).
MOMENTUM = 0.9
EPSILON = 1e-5


def chain(channels, depth, filters, cell, residual, name, told_sigma=False, frames=1):
    """Builds `depth - 1` cells and a last convolution.

    Args:
        channels: Of the image.
        depth: Number of convolutions, at least 2.
        filters: Channels of the hidden layers.
        cell: Function of a Keras tensor, the number of the cell and `filters`, that returns a
            Keras tensor: `relu_cell` or `xunit_cell`, with their settings.
        residual: Whether the network predicts what is subtracted from its input.
        name: Name of the model.
        told_sigma: Whether the noise level is an input.
        frames: Of a clip, that the input has as channels: the image first, then the others.

    Returns:
        A `keras.Model`.

    Raises:
        ValueError: If an argument is out of range.
    """
    check_positive(depth=depth, channels=channels, filters=filters, frames=frames)
    if depth < 2:
        raise ValueError(f"`depth` must be at least 2. Received: depth={depth}")
    if frames % 2 == 0:
        raise ValueError(f"`frames` must be odd. Received: frames={frames}")

    # === Functional Model ===
    if told_sigma:
        inputs, x = noise_level_inputs(channels)
        degraded = inputs["degraded"]
    else:
        inputs = degraded = x = keras.Input((None, None, frames * channels), name="degraded")
    for i in range(1, depth):
        x = cell(x, i, filters)
    mode = "subtract" if residual else None
    restored = image_output(degraded, x, KERNEL_SIZE, mode, name=f"conv{depth}", channels=channels)
    return keras.Model(inputs, restored, name=name)


def relu_cell(x, i, filters, batch_norm):
    """Convolution, perhaps batch norm, ReLU."""
    x = keras.layers.Conv2D(
        filters,
        KERNEL_SIZE,
        padding="same",
        use_bias=not batch_norm,
        kernel_initializer="he_normal",
        name=f"conv{i}",
    )(x)
    if batch_norm:
        x = norm(x, i)
    return keras.layers.ReLU(name=f"relu{i}")(x)


def xunit_cell(x, i, filters, kernel_size, batch_norm=True, **settings):
    """Batch norm but before the first cell, convolution, xUnit with its settings."""
    if batch_norm and i > 1:
        x = norm(x, i)
    x = keras.layers.Conv2D(
        filters, KERNEL_SIZE, padding="same", kernel_initializer="orthogonal", name=f"conv{i}"
    )(x)
    return XUnit(kernel_size, name=f"xunit{i}", **settings)(x)


def norm(x, i):
    """The batch norm of cell `i`."""
    return BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, name=f"norm{i}")(x)
