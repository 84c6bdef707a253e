"""FDnCNN: DnCNN with the noise level as one more input channel."""

import functools

from keras_restore.models.chain import chain, relu_cell


def fdncnn(channels=1, *, depth=20, filters=64, name="fdncnn"):
    """Builds FDnCNN, the flexible DnCNN that its authors published as weights, without a paper.

    A DnCNN (Zhang et al., IEEE TIP 2017) without batch norm and without residual learning,
    whose input has a map of the noise's sigma beside the image, so that one network handles
    every noise level (up to 75 in the published ones), also one that varies over the image.

    Args:
        channels: Of the image, 1 or 3.
        depth: Number of 3x3 convolutions, at least 2.
        filters: Channels of the hidden layers.
        name: Name of the model.

    Returns:
        A `keras.Model` of the inputs "degraded", `(batch, height, width, channels)` in [0, 1], and
        "sigma", in grey levels of 255, one number per image, `(batch, 1, 1, 1)`, or a map,
        `(batch, height, width, 1)`; its output is of the shape of "degraded", float32, of any
        height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.fdncnn(depth=3)
    >>> degraded = np.zeros((1, 32, 32, 1), "float32")
    >>> sigma = np.full((1, 1, 1, 1), 25.0, "float32")
    >>> tuple(model({"degraded": degraded, "sigma": sigma}).shape)
    (1, 32, 32, 1)
    """
    cell = functools.partial(relu_cell, batch_norm=False)
    return chain(channels, depth, filters, cell, False, name, told_sigma=True)
