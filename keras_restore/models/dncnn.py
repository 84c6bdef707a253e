"""DnCNN: a chain of convolutions with batch normalisation that predicts the noise.

Zhang, Zuo, Chen, Meng and Zhang, "Beyond a Gaussian Denoiser: Residual Learning of Deep CNN
for Image Denoising", IEEE TIP 2017. `conv_net` is the chain that the xUnit paper (CVPR 2018,
Fig. 3) compares its networks with.
"""

import functools

from keras_restore.models.chain import chain, relu_cell


def dncnn(channels=1, *, depth=17, filters=64, residual=True, batch_norm=True, name="dncnn"):
    """Builds DnCNN (TIP 2017, Sec. III and Fig. 1).

    conv + ReLU; `depth - 2` times conv (no bias) + batch norm + ReLU; conv. The output is
    degraded - residual. DnCNN-S has depth 17; DnCNN-B, CDnCNN-B and DnCNN-3 have depth 20.
    555K parameters (depth 17, gray): 556,097 with the biases of the first and last layer.

    Args:
        channels: Of the image, 1 or 3.
        depth: Number of convolutions, at least 2.
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

    >>> keras_restore.models.dncnn(channels=3, depth=20).count_params()
    671683
    """

    def cell(x, i, filters):
        return relu_cell(x, i, filters, batch_norm and i > 1)

    return chain(channels, depth, filters, cell, residual, name)


def conv_net(channels=1, *, depth, filters=64, residual=True, name="conv_net"):
    """Builds the ConvNet of the xUnit paper (CVPR 2018, Fig. 3): the baseline of `xnet`.

    `depth - 1` times conv + batch norm + ReLU, then conv; the output is degraded - residual.
    It differs from `dncnn` in the batch norm of the first layer.

    Args:
        channels: Of the image, 1 or 3.
        depth: Number of convolutions, at least 2.
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
    cell = functools.partial(relu_cell, batch_norm=True)
    return chain(channels, depth, filters, cell, residual, name)
