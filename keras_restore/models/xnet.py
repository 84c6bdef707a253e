"""xNet and xDnCNN: chains of convolutions with xUnits as activations.

Kligvasser, Rott Shaham and Michaeli, "xUnit: Learning a Spatial Activation Function for
Efficient Image Restoration", CVPR 2018.
"""

import functools

from keras_restore.models.chain import chain, xunit_cell


def xnet(
    channels=1,
    *,
    depth,
    filters=64,
    kernel_size=9,
    gate="gaussian",
    input_batch_norm=True,
    gate_batch_norm=True,
    residual=True,
    name="xnet",
):
    """Builds the xNet of the paper's Fig. 3 to 6: conv + xUnit, `depth - 1` times, then conv.

    Args:
        channels: Of the image, 1 or 3.
        depth: Number of 3x3 convolutions, at least 2.
        filters: Channels of the hidden layers.
        kernel_size: Of the xUnits' depthwise filters: 1, 3, 5, 7 or 9 in the paper.
        gate: Of the xUnits, see `keras_restore.layers.XUnit`.
        input_batch_norm: Of the xUnits.
        gate_batch_norm: Of the xUnits.
        residual: Whether the network predicts the noise (the paper's Fig. 5 uses False).
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the same shape, float32 in
        [0, 1], any height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.xnet(depth=3)
    """
    cell = functools.partial(
        xunit_cell,
        kernel_size=kernel_size,
        batch_norm=False,
        gate=gate,
        input_batch_norm=input_batch_norm,
        gate_batch_norm=gate_batch_norm,
    )
    return chain(channels, depth, filters, cell, residual, name)


def xdncnn(channels=1, *, depth=9, filters=64, kernel_size=9, frames=1, name="xdncnn"):
    """Builds xDnCNN (CVPR 2018, Sec. 4.1): nine convolutions and eight 9x9 xUnits.

    As in the authors' released networks (and not drawn in the paper), the input of cells 2
    to 8 is batch normalised. The paper counts 303K parameters (gray) and 306K (colour),
    leaving biases out; with them this model has 304,641 and 306,947 trainable ones.

    Args:
        channels: Of the image, 1 or 3.
        depth: Number of 3x3 convolutions, at least 2.
        filters: Channels of the hidden layers.
        kernel_size: Of the xUnits' depthwise filters.
        frames: Odd number of neighbouring frames of a clip from which one is restored, without
            motion estimation (FastDVDnet, Tassano et al., CVPR 2020): 1 for a picture.
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, frames * channels)`, the frame to restore
        first, then the others in the order of time, to `(batch, height, width, channels)`, float32
        in [0, 1], any height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> model = keras_restore.models.xdncnn(channels=3)
    >>> keras_restore.models.xdncnn(3, frames=5).input_shape
    (None, None, None, 15)
    """
    cell = functools.partial(xunit_cell, kernel_size=kernel_size)
    return chain(channels, depth, filters, cell, True, name, frames=frames)
