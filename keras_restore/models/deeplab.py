"""The segmentation network that the denoising U-Net is cascaded with.

Chen, Papandreou, Kokkinos, Murphy and Yuille, "Semantic Image Segmentation with Deep
Convolutional Nets and Fully Connected CRFs", ICLR 2015; used by Liu et al., "When Image
Denoising Meets High-Level Vision Tasks", IJCAI 2018, Sec. 3.2.
"""

import keras

from keras_restore.layers import BilinearUpsampling, CropLike, PadToMultiple
from keras_restore.ops.checks import check_positive

# ImageNet's mean in grey levels, red, green, blue (Simonyan and Zisserman, 2014).
MEAN_RGB = (123.68, 116.779, 103.939)
# (convolutions, times `filters`, pool size, pool stride, dilation), one row per block of VGG-16.
BLOCKS = ((2, 1, 2, 2, 1), (2, 2, 2, 2, 1), (3, 4, 2, 2, 1), (3, 8, 3, 1, 1), (3, 8, 3, 1, 2))
STRIDE = 8


def deeplab_largefov(
    channels=3, *, num_classes, filters=64, head_filters=1024, dropout=0.5, name="deeplab_largefov"
):
    """Builds DeepLab-LargeFOV: VGG-16 with a stride of 8 and a wide field of view.

    Pools 4 and 5 have stride 1, the convolutions of block 5 dilation 2; fc6 is 3x3x1024 with
    dilation 12, fc7 1x1x1024, the scores 1x1, enlarged bilinearly by 8. 20.5M parameters as
    published (20,505,429 for 21 classes). The image comes in as everywhere in this package,
    RGB in [0, 1]; the mean is removed inside.

    It differs from the released Caffe network in the grid: pools 1 to 3 are VGG-16's 2x2
    ones and the bilinear map is the half-pixel one, which align with each other, where the
    released network has 3x3 pools and aligned corners; and in the average pool that it has
    before fc6. Caffe's VGG-16 weights have blue as the first channel: reverse the input axis
    of `conv1_1` when they are brought here.

    Args:
        channels: Of the image, 3 (RGB) or 1, whose mean is that of the three.
        num_classes: Number of classes with the background: 21 for PASCAL VOC.
        filters: Channels of the first block, doubled by blocks 2, 3 and 4.
        head_filters: Channels of fc6 and fc7.
        dropout: Rate after fc6 and fc7 in training.
        name: Name of the model.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the logits of
        `(batch, height, width, num_classes)`, float32, any height and width.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> keras_restore.models.deeplab_largefov(num_classes=21).count_params()
    20505435
    """
    check_positive(
        num_classes=num_classes, channels=channels, filters=filters, head_filters=head_filters
    )
    mean = MEAN_RGB if channels == 3 else [sum(MEAN_RGB) / 3]

    def conv(filters, kernel_size, name, dilation_rate=1):
        return keras.layers.Conv2D(
            filters,
            kernel_size,
            padding="same",
            dilation_rate=dilation_rate,
            activation="relu",
            kernel_initializer="he_normal",
            name=name,
        )

    # === Functional Model ===
    image = keras.Input((None, None, channels), name="image")
    x = PadToMultiple(STRIDE, name="pad")(image)
    # Not `Rescaling`, which needs TensorFlow under every backend.
    x = keras.layers.DepthwiseConv2D(
        1,
        depthwise_initializer=keras.initializers.Constant(255.0),
        bias_initializer=keras.initializers.Constant([-value for value in mean]),
        trainable=False,
        name="mean_removal",
    )(x)
    for i, (convolutions, width, pool_size, pool_stride, dilation) in enumerate(BLOCKS, start=1):
        for j in range(1, convolutions + 1):
            x = conv(width * filters, 3, f"conv{i}_{j}", dilation)(x)
        x = keras.layers.MaxPooling2D(pool_size, pool_stride, padding="same", name=f"pool{i}")(x)
    x = conv(head_filters, 3, "fc6", dilation_rate=12)(x)
    x = keras.layers.Dropout(dropout, name="drop6")(x)
    x = conv(head_filters, 1, "fc7")(x)
    x = keras.layers.Dropout(dropout, name="drop7")(x)
    x = keras.layers.Conv2D(num_classes, 1, name="score")(x)
    x = BilinearUpsampling(STRIDE, name="upsample")(x)
    x = CropLike(name="crop")([x, image])
    logits = keras.layers.Activation("linear", dtype="float32", name="logits")(x)
    return keras.Model(image, logits, name=name)
