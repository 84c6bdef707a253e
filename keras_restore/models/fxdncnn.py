"""FxDnCNN: xDnCNN with the noise level as one more input channel."""

import keras

from keras_restore.layers import XUnit
from keras_restore.models.image_output import image_output
from keras_restore.models.noise_level import noise_level_inputs
from keras_restore.ops.checks import check_positive


def fxdncnn(channels=1, depth=9, filters=64, kernel_size=9, name="fxdncnn"):
    """Builds FxDnCNN: an xDnCNN that is told the noise level, for every level and strength.

    The cells are those of `xdncnn` (Kligvasser et al., CVPR 2018, Sec. 4.1), the input is
    FDnCNN's: a map of sigma beside the image. Unlike FDnCNN it predicts the noise, so that it
    starts as the identity. The map adds 576 parameters: 305,217 (gray) and 307,523 (colour).

    Args:
        channels: Of the image, 1 or 3.
        depth: Number of 3x3 convolutions, at least 2.
        filters: Channels of the hidden layers.
        kernel_size: Of the xUnits' depthwise filters.
        name: Name of the model.

    Returns:
        A `keras.Model` of the inputs "degraded", `(batch, height, width, channels)` in [0, 1], and
        "sigma", in grey levels of 255, one number per image, `(batch, 1, 1, 1)`, or a map,
        `(batch, height, width, 1)`; its output is of the shape of "degraded", float32, of any
        height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.fxdncnn(depth=3)
    >>> degraded = np.zeros((2, 32, 32, 1), "float32")
    >>> sigma = np.full((2, 1, 1, 1), 25.0, "float32")
    >>> tuple(model({"degraded": degraded, "sigma": sigma}).shape)
    (2, 32, 32, 1)
    """
    check_positive(channels=channels, depth=depth, filters=filters)
    if depth < 2:
        raise ValueError(f"`depth` must be at least 2. Received: depth={depth}")

    # === Functional Model ===
    inputs, x = noise_level_inputs(channels)
    for i in range(1, depth):
        if i > 1:
            x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"norm{i}")(x)
        x = keras.layers.Conv2D(
            filters, 3, padding="same", kernel_initializer="orthogonal", name=f"conv{i}"
        )(x)
        x = XUnit(kernel_size, name=f"xunit{i}")(x)
    restored = image_output(inputs["degraded"], x, 3, residual=True, name=f"conv{depth}")
    return keras.Model(inputs, restored, name=name)
