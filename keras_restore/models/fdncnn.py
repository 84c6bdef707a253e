"""FDnCNN: DnCNN with the noise level as one more input channel."""

import keras

from keras_restore.models.noise_level import noise_level_inputs
from keras_restore.ops.checks import check_positive


def fdncnn(depth=20, channels=1, filters=64, name="fdncnn"):
    """Builds FDnCNN, the flexible DnCNN that its authors published as weights, without a paper.

    A DnCNN (Zhang et al., IEEE TIP 2017) without batch norm and without residual learning,
    whose input has a map of the noise's sigma beside the image, so that one network handles
    every noise level (up to 75 in the published ones), also one that varies over the image.

    Args:
        depth: Number of 3x3 convolutions, at least 2.
        channels: Of the image, 1 or 3.
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
    check_positive(depth=depth, channels=channels, filters=filters)
    if depth < 2:
        raise ValueError(f"`depth` must be at least 2. Received: depth={depth}")

    # === Functional Model ===
    inputs, x = noise_level_inputs(channels)
    for i in range(1, depth):
        x = keras.layers.Conv2D(
            filters, 3, padding="same", kernel_initializer="he_normal", name=f"conv{i}"
        )(x)
        x = keras.layers.ReLU(name=f"relu{i}")(x)
    x = keras.layers.Conv2D(channels, 3, padding="same", name=f"conv{depth}")(x)
    restored = keras.layers.Activation("linear", dtype="float32", name="restored")(x)
    return keras.Model(inputs, restored, name=name)
