"""FxDnCNN: xDnCNN with the noise level as one more input channel."""

import functools

from keras_restore.models.chain import chain, xunit_cell


def fxdncnn(channels=1, *, depth=9, filters=64, kernel_size=9, name="fxdncnn"):
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
    cell = functools.partial(xunit_cell, kernel_size=kernel_size)
    return chain(channels, depth, filters, cell, True, name, told_sigma=True)
