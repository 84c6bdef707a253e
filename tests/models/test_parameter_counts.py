"""Parameter counts against the papers' tables: filters there, published numbers here."""

from inspect import signature

import numpy as np
import pytest

from keras_restore import models

# An xUnit has (9^2 + 4) parameters per channel (xUnit, Sec. 3); a batch norm 2.
XUNIT = 9 * 9 + 4


def conv(size, inputs, outputs):
    return size * size * inputs * outputs


def residual_network(blocks, activation):
    """SRResNet's table: 9x9x64; blocks; 3x3x64 + BN; 2 x 3x3x256; 9x9x3; PReLUs of one slope."""
    block = 2 * conv(3, 64, 64) + activation + 2 * 64
    return (
        (conv(9, 3, 64) + 1)
        + blocks * block
        + (conv(3, 64, 64) + 2 * 64)
        + 2 * (conv(3, 64, 256) + 1)
        + conv(9, 64, 3)
    )


# Counted as the xUnit paper does, without biases, and its number in thousands, cut.
PUBLISHED = {
    "srcnn": (conv(9, 1, 64) + conv(5, 64, 32) + conv(5, 32, 1), 57),
    "xsrcnn_f": (
        conv(9, 1, 64) + 64 * XUNIT + conv(3, 64, 32) + 32 * XUNIT + conv(5, 32, 1),
        32,
    ),
    "xsrcnn_c": (
        conv(9, 1, 42) + 42 * XUNIT + conv(5, 42, 32) + 32 * XUNIT + conv(5, 32, 1),
        44,
    ),
    "srresnet": (residual_network(16, 2 * 64 + 1), 1546),
    "xsrresnet": (residual_network(10, 64 * XUNIT), 1155),
    "derain_net": (conv(16, 3, 512) + conv(1, 512, 512) + conv(8, 512, 3), 753),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_counts_as_published(name):
    from_table, thousands = PUBLISHED[name]
    assert from_table // 1000 == thousands
    model = getattr(models, name)()
    weights = [w for w in model.trainable_weights if w.name != "bias"]
    assert sum(int(np.prod(w.shape)) for w in weights) == from_table


def test_deeplab_largefov():
    """20.5M in Chen et al., ICLR 2015, Table 2, biases included."""
    vgg = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256)]
    vgg += [(256, 512)] + 5 * [(512, 512)]
    head = [(3, 512, 1024), (1, 1024, 1024), (1, 1024, 21)]
    expected = sum(conv(3, i, o) + o for i, o in vgg) + sum(conv(k, i, o) + o for k, i, o in head)
    assert round(expected / 1e6, 1) == 20.5
    weights = models.deeplab_largefov(num_classes=21).trainable_weights
    assert sum(int(np.prod(w.shape)) for w in weights) == expected


def test_denoising_unet():
    """The paper has no count; its table (Sec. 2.1) gives one."""

    def module(inputs, filters, inner):
        filters_of_block = conv(1, filters, inner) + conv(3, inner, inner) + conv(1, inner, filters)
        return conv(3, inputs, filters) + filters_of_block + 2 * (2 * filters + 2 * inner)

    biases = 64 + 32 + 64 + 3
    expected = (
        conv(5, 3, 64)
        + module(64, 128, 32)
        + module(128, 128, 32)
        + conv(4, 128, 32)
        + module(32 + 128, 256, 64)
        + conv(4, 256, 64)
        + conv(3, 64 + 64, 3)
        + biases
    )
    model = models.denoising_unet()
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: models.srcnn(filters=(64,)), "filters"),
        (lambda: models.srcnn(kernel_sizes=(9, 0, 5)), "kernel_sizes"),
        (lambda: models.xsrcnn_f(gate_kernel_size=4), "kernel_size"),
        (lambda: models.srresnet(scale=3), "scale"),
        (lambda: models.xsrresnet(blocks=0), "blocks"),
        (lambda: models.derain_net(filters=0), "filters"),
        (lambda: models.denoising_unet(filters=7), "filters"),
        (lambda: models.deeplab_largefov(num_classes=0), "num_classes"),
        (lambda: models.fdncnn(depth=1), "depth"),
        (lambda: models.fxdncnn(depth=1), "depth"),
        (lambda: models.fxdncnn(channels=0), "channels"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


BUILDERS = {name: signature(getattr(models, name)).parameters for name in models.__all__}


@pytest.mark.parametrize("name", [name for name in BUILDERS if "channels" in BUILDERS[name]])
def test_no_channels(name):
    parameters = BUILDERS[name].values()
    required = {each.name: 10 for each in parameters if each.default is each.empty}
    with pytest.raises(ValueError, match="`channels` must be"):
        getattr(models, name)(**{**required, "channels": 0})
