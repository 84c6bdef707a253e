"""DerainNet, the xUnit paper's comparator for rain removal.

Fu, Huang, Ding, Liao and Paisley, "Clearing the Skies: A Deep Network Architecture for
Single-Image Rain Removal", IEEE TIP 2017.
"""

import keras

from keras_restore.models.image_output import image_output
from keras_restore.ops.checks import check_positive


def derain_net(channels=3, *, filters=512, name="derain_net"):
    """Builds DerainNet as the xUnit paper describes it: 16x16x512, 1x1x512, 8x8x3 (Sec. 4.2).

    753K parameters: 753,664 weights; 754,691 with the biases. The hidden layers have tanh,
    as in the original. It differs from the original in two ways. That one splits off the
    image's detail layer with a guided filter and restores it alone; here the network learns
    the rain of the whole image, restored = degraded - residual, the mapping with which the
    xUnit paper trains. And the image keeps its size: the first convolution is zero padded,
    and the last is a transposed one, so that the two even-sized filters, which each shift an
    image by half a pixel, shift in opposite directions.

    Args:
        channels: Of the image, 1 or 3.
        filters: Channels of the two hidden layers.
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the same shape, float32 in
        [0, 1], any height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> keras_restore.models.derain_net().count_params()
    754691
    """
    check_positive(channels=channels, filters=filters)

    # === Functional Model ===
    degraded = keras.Input((None, None, channels), name="degraded")
    x = keras.layers.Conv2D(filters, 16, padding="same", activation="tanh", name="conv1")(degraded)
    x = keras.layers.Conv2D(filters, 1, activation="tanh", name="conv2")(x)
    restored = image_output(degraded, x, 8, "subtract", "deconv3", transposed=True)
    return keras.Model(degraded, restored, name=name)
