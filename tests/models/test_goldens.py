"""Every architecture against an independent one, layer by layer, in the papers' sizes."""

import functools

import keras
import numpy as np
import pytest
import reference_networks as reference

from keras_restore import models
from keras_restore.models.noise_level import takes_sigma

TOLERANCE = 1e-5


def randomize(model, seed=0):
    """Trained-like weights: He-sized filters, and batch norms that do something."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        if "mean_removal" in weight.path:
            continue
        shape = weight.shape
        if weight.name in ("kernel", "depthwise_kernel"):
            inputs = 1 if "depthwise" in weight.path else shape[3 if "deconv" in weight.path else 2]
            fan_in = shape[0] * shape[1] * inputs
            value = generator.normal(0, np.sqrt(1 / fan_in), shape)
        elif weight.name in ("gamma", "moving_variance"):
            # In a trained residual network a block adds little to what it is given.
            value = generator.uniform(0.5, 1.5, shape) * (
                0.2 if "_norm2/gamma" in weight.path else 1
            )
        else:
            value = generator.normal(0, 0.1, shape)
        weight.assign(value)


def weights_of(model):
    """Arrays of a layer by its name, in NumPy."""
    return lambda name: [np.asarray(w) for w in model.get_layer(name).weights]


def differences(model, network, image):
    """Largest difference of every layer that the reference gives."""
    x = image[None].astype(np.float32)
    if takes_sigma(model):
        sigma = np.random.default_rng(2).uniform(0, 75, size=image.shape[:2])
        x = {"degraded": x, "sigma": sigma[None, ..., None].astype(np.float32)}
        network = functools.partial(network, sigma=sigma)
    expected = network(image, weights_of(model))
    outputs = {name: model.get_layer(name).output for name in expected}
    found = keras.Model(model.input, outputs)(x)
    return {name: np.abs(found[name][0] - expected[name]).max() for name in expected}, expected


CASES = {
    "conv_net": (
        lambda: models.conv_net(depth=9),
        functools.partial(reference.dncnn, depth=9, first_norm=True),
    ),
    "dncnn": (models.dncnn, functools.partial(reference.dncnn, depth=17)),
    "dncnn_color_merged": (
        lambda: models.dncnn(3, depth=20, batch_norm=False),
        functools.partial(reference.dncnn, depth=20, batch_norm=False),
    ),
    "fdncnn": (models.fdncnn, functools.partial(reference.fdncnn, depth=20)),
    "xnet": (lambda: models.xnet(depth=4), functools.partial(reference.xnet, depth=4)),
    "xdncnn": (models.xdncnn, functools.partial(reference.xnet, depth=9, cell_norm=True)),
    "xdncnn_color": (
        lambda: models.xdncnn(3),
        functools.partial(reference.xnet, depth=9, cell_norm=True),
    ),
    "fxdncnn_color": (
        lambda: models.fxdncnn(3),
        functools.partial(reference.xnet, depth=9, cell_norm=True),
    ),
    "srcnn": (models.srcnn, reference.srcnn),
    "xsrcnn_f": (models.xsrcnn_f, functools.partial(reference.srcnn, gated=True)),
    "xsrcnn_c": (models.xsrcnn_c, functools.partial(reference.srcnn, gated=True)),
    "srresnet": (models.srresnet, functools.partial(reference.srresnet, blocks=16, steps=2)),
    "xsrresnet": (
        lambda: models.xsrresnet(scale=2),
        functools.partial(reference.srresnet, blocks=10, steps=1, gated=True),
    ),
    "derain_net": (models.derain_net, reference.derain_net),
    "red10": (models.red10, functools.partial(reference.red_net, half=5, skip_step=None)),
    "red20": (models.red20, functools.partial(reference.red_net, half=10)),
    "denoising_unet": (models.denoising_unet, reference.denoising_unet),
    "deeplab_largefov": (
        lambda: models.deeplab_largefov(num_classes=21, filters=16, head_filters=64),
        reference.deeplab_largefov,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_the_independent_network(name):
    make, network = CASES[name]
    model = make()
    randomize(model)
    if name == "deeplab_largefov":
        # Grey levels of 255 come in; the first filters bring them back to order one.
        first = model.get_layer("conv1_1")
        first.set_weights([first.get_weights()[0] / 255, first.get_weights()[1]])
    image = np.random.default_rng(1).uniform(size=(13, 10, model.inputs[0].shape[-1]))
    found, expected = differences(model, network, image)
    assert max(np.abs(value).max() for value in expected.values()) < 20
    assert 0.01 < np.std(expected[next(reversed(expected))])
    worst = max(found, key=found.get)
    assert found[worst] < TOLERANCE, (worst, found[worst])


def test_preprocessing_of_the_vision_network():
    model = models.deeplab_largefov(num_classes=21, filters=4, head_filters=8)
    image = np.random.default_rng(1).uniform(size=(13, 10, 3)).astype(np.float32)
    removed = keras.Model(model.input, model.get_layer("mean_removal").output)(image[None])[0]
    expected = reference.remove_mean(image.astype(np.float64))
    assert np.abs(removed - expected).max() / 255 < 1e-6
