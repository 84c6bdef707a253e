"""SRCNN and its xUnit variants: three convolutions on the bicubic-upsampled luma.

Dong, Loy, He and Tang, "Image Super-Resolution Using Deep Convolutional Networks", TPAMI
2016; the variants are of Kligvasser, Rott Shaham and Michaeli, "xUnit: Learning a Spatial
Activation Function for Efficient Image Restoration", CVPR 2018, Sec. 4.3.
"""

import keras

from keras_restore.layers import XUnit
from keras_restore.models.image_output import image_output
from keras_restore.ops.checks import check_positive


def srcnn(channels=1, *, filters=(64, 32), kernel_sizes=(9, 5, 5), residual=False, name="srcnn"):
    """Builds SRCNN in the size that the xUnit paper compares with: 9x9x64, 5x5x32, 5x5x1.

    57K parameters, which are 57,184 weights; 57,281 with the biases. The image comes in
    upsampled (MATLAB's bicubic) and the output is the image itself, not a residual. The
    original crops at its borders; this model keeps the size with zero padding.

    Args:
        channels: Of the image, 1 (luma) or 3.
        filters: Channels of the two hidden layers.
        kernel_sizes: Of the three convolutions.
        residual: Whether the network predicts what is subtracted from its input, as VDSR does,
            instead of the image: it then starts as the identity and learns much faster.
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the same shape, float32 in
        [0, 1], any height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> keras_restore.models.srcnn().count_params()
    57281
    """

    def activation(number):
        return keras.layers.ReLU(name=f"relu{number}")

    return _three_layers(channels, filters, kernel_sizes, activation, residual, name)


def xsrcnn_f(
    channels=1,
    *,
    filters=(64, 32),
    kernel_sizes=(9, 3, 5),
    gate_kernel_size=9,
    residual=False,
    name="xsrcnn_f",
):
    """Builds xSRCNN-f: xUnits for the ReLUs, and 3x3 instead of 5x5 filters in the middle.

    32K parameters in the authors' count, which leaves biases out (32,576); 32,769 with them.
    As in the authors' released networks, no batch norm stands between the cells.

    Args:
        channels: Of the image, 1 (luma) or 3.
        filters: Channels of the two hidden layers.
        kernel_sizes: Of the three convolutions.
        gate_kernel_size: Of the xUnits' depthwise filters.
        residual: As of `srcnn`; the papers' networks predict the image.
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the same shape, float32 in
        [0, 1], any height and width. The input is upsampled already; the output is the image
        itself.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.xsrcnn_f()
    """

    def activation(number):
        return XUnit(gate_kernel_size, name=f"xunit{number}")

    return _three_layers(channels, filters, kernel_sizes, activation, residual, name)


def xsrcnn_c(
    channels=1,
    *,
    filters=(42, 32),
    kernel_sizes=(9, 5, 5),
    gate_kernel_size=9,
    residual=False,
    name="xsrcnn_c",
):
    """Builds xSRCNN-c: xUnits for the ReLUs, and 42 instead of 64 channels in the first layer.

    44K parameters in the authors' count, which leaves biases out (44,092); 44,241 with them.

    Args:
        channels: Of the image, 1 (luma) or 3.
        filters: Channels of the two hidden layers.
        kernel_sizes: Of the three convolutions.
        gate_kernel_size: Of the xUnits' depthwise filters.
        residual: As of `srcnn`; the papers' networks predict the image.
        name: Name of the model.

    Returns:
        A `keras.Model` as of `xsrcnn_f`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.xsrcnn_c()
    """
    return xsrcnn_f(
        channels,
        filters=filters,
        kernel_sizes=kernel_sizes,
        gate_kernel_size=gate_kernel_size,
        residual=residual,
        name=name,
    )


def _three_layers(channels, filters, kernel_sizes, activation, residual, name):
    if len(filters) != 2 or len(kernel_sizes) != 3:
        raise ValueError(
            "`filters` must be two and `kernel_sizes` three integers. "
            f"Received: filters={filters}, kernel_sizes={kernel_sizes}"
        )
    check_positive(channels=channels)
    for value in filters:
        check_positive(filters=value)
    for value in kernel_sizes:
        check_positive(kernel_sizes=value)

    # === Functional Model ===
    degraded = keras.Input((None, None, channels), name="degraded")
    x = degraded
    for number in (1, 2):
        x = keras.layers.Conv2D(
            filters[number - 1],
            kernel_sizes[number - 1],
            padding="same",
            kernel_initializer="he_normal",
            name=f"conv{number}",
        )(x)
        x = activation(number)(x)
    mode = "subtract" if residual else None
    restored = image_output(degraded, x, kernel_sizes[2], mode, "conv3")
    return keras.Model(degraded, restored, name=name)
