"""The tables of the conformance harness: one row for every public layer and builder.

Those of the degradations are in `degradation_cases.py`, since they need TensorFlow and this
file is also used where there is none.
"""

import dataclasses

import keras

from keras_restore import layers, models


@dataclasses.dataclass(frozen=True)
class LayerCase:
    """`make()` builds the layer; `shapes` are the shapes of its inputs (one, or a list)."""

    make: callable
    shapes: tuple

    @property
    def name(self):
        return type(self.make()).__name__


@dataclasses.dataclass(frozen=True)
class ModelCase:
    """`make()` builds a small model fast; `full()` the paper's, of `parameters` trainable ones.

    `channels` are those of the input image, `output_channels` of the output where they differ, and
    `scale` is the factor by which the output is larger. `takes_sigma`: the noise level is a second
    input.
    """

    name: str
    make: callable
    full: callable
    parameters: int
    channels: int = 1
    output_channels: int = None
    scale: int = 1
    takes_sigma: bool = False


FEATURES = (2, 9, 7, 4)

LAYERS = [
    LayerCase(lambda: layers.XUnit(kernel_size=5), FEATURES),
    LayerCase(lambda: layers.XUnit(1, gate="sigmoid", use_bias=False), FEATURES),
    LayerCase(lambda: layers.XUnit(3, gate="linear", gate_batch_norm=False), FEATURES),
    LayerCase(lambda: layers.XUnit(3, input_batch_norm=False, momentum=0.5), FEATURES),
    LayerCase(lambda: layers.BatchNormalization(momentum=0.9, epsilon=1e-5), FEATURES),
    LayerCase(lambda: layers.SymmetricSkip(), [FEATURES, FEATURES]),
    LayerCase(lambda: layers.ResidualOutput("subtract"), [(2, 9, 7, 3), (2, 9, 7, 3)]),
    LayerCase(lambda: layers.ResidualOutput("add"), [(2, 9, 7, 1), (2, 9, 7, 1)]),
    LayerCase(lambda: layers.ResidualOutput("subtract"), [(2, 9, 7, 9), (2, 9, 7, 3)]),
    LayerCase(lambda: layers.PadToMultiple(4), FEATURES),
    LayerCase(lambda: layers.BilinearUpsampling(3), FEATURES),
    LayerCase(lambda: layers.CropLike(), [(2, 12, 8, 3), FEATURES]),
    LayerCase(lambda: layers.NoiseLevelMap(), [(2, 9, 7, 3), (2, 9, 7, 1)]),
    LayerCase(lambda: layers.PixelShuffle(2), FEATURES),
    LayerCase(lambda: layers.Frozen(keras.layers.BatchNormalization(name="norm")), FEATURES),
]

MODELS = [
    ModelCase(
        "conv_net",
        lambda: models.conv_net(depth=3, filters=4),
        lambda: models.conv_net(depth=9),
        260_225,
    ),
    ModelCase("dncnn", lambda: models.dncnn(depth=4, filters=4), models.dncnn, 556_097),
    ModelCase(
        "dncnn",
        lambda: models.dncnn(3, depth=4, filters=4),
        lambda: models.dncnn(depth=20, channels=3),
        669_379,
        3,
    ),
    ModelCase(
        "xnet", lambda: models.xnet(depth=3, filters=4), lambda: models.xnet(depth=3), 49_153
    ),
    ModelCase(
        "xdncnn", lambda: models.xdncnn(depth=3, filters=4, kernel_size=5), models.xdncnn, 304_641
    ),
    ModelCase(
        "xdncnn",
        lambda: models.xdncnn(3, depth=3, filters=4, kernel_size=3),
        lambda: models.xdncnn(channels=3),
        306_947,
        3,
    ),
    ModelCase(
        "xdncnn",
        lambda: models.xdncnn(3, depth=3, filters=4, kernel_size=3, frames=3),
        lambda: models.xdncnn(3, frames=3),
        310_403,
        9,
        output_channels=3,
    ),
    ModelCase(
        "red_net",
        lambda: models.red_net(depth=8, filters=4, downsample_at=(1, 3)),
        lambda: models.red_net(depth=20, downsample_at=(5, 9)),
        665_921,
    ),
    ModelCase("red10", lambda: models.red10(filters=4), models.red10, 296_641),
    ModelCase("red20", lambda: models.red20(filters=4), models.red20, 665_921),
    ModelCase("red30", lambda: models.red30(3, filters=4), models.red30, 4_134_785, 3),
    ModelCase("srcnn", lambda: models.srcnn(filters=(4, 4)), models.srcnn, 57_281),
    ModelCase("xsrcnn_f", lambda: models.xsrcnn_f(filters=(4, 4)), models.xsrcnn_f, 32_769),
    ModelCase("xsrcnn_c", lambda: models.xsrcnn_c(filters=(4, 4)), models.xsrcnn_c, 44_241),
    ModelCase(
        "srresnet",
        lambda: models.srresnet(3, scale=4, blocks=2, filters=4),
        models.srresnet,
        1_547_350,
        3,
        scale=4,
    ),
    ModelCase(
        "xsrresnet",
        lambda: models.xsrresnet(3, scale=2, blocks=2, filters=4, kernel_size=5),
        models.xsrresnet,
        1_157_830,
        3,
        scale=2,
    ),
    ModelCase("derain_net", lambda: models.derain_net(filters=4), models.derain_net, 754_691, 3),
    ModelCase(
        "denoising_unet",
        lambda: models.denoising_unet(filters=8),
        models.denoising_unet,
        1_032_931,
        3,
    ),
    ModelCase(
        "deeplab_largefov",
        lambda: models.deeplab_largefov(num_classes=5, filters=4, head_filters=8),
        lambda: models.deeplab_largefov(num_classes=21),
        20_505_429,
        3,
        output_channels=5,
    ),
    ModelCase(
        "fdncnn",
        lambda: models.fdncnn(depth=4, filters=4),
        models.fdncnn,
        666_497,
        takes_sigma=True,
    ),
    ModelCase(
        "fxdncnn",
        lambda: models.fxdncnn(1, depth=3, filters=4, kernel_size=5),
        models.fxdncnn,
        305_217,
        takes_sigma=True,
    ),
    ModelCase(
        "fxdncnn",
        lambda: models.fxdncnn(3, depth=3, filters=4, kernel_size=3),
        lambda: models.fxdncnn(3),
        307_523,
        3,
        takes_sigma=True,
    ),
    ModelCase(
        "cascade",
        lambda: models.cascade(
            models.dncnn(3, depth=3, filters=4),
            models.deeplab_largefov(num_classes=5, filters=4, head_filters=8),
        ),
        lambda: models.cascade(models.denoising_unet(), models.deeplab_largefov(num_classes=21)),
        1_032_931,
        3,
    ),
]
