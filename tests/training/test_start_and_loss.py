"""DnCNN's loss, and other starting weights."""

import keras
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from keras_restore import models, training


def test_half_summed_square_is_the_formula():
    generator = np.random.default_rng(0)
    a, b = generator.random((2, 3, 5, 4, 1), np.float32)
    expected = np.mean([np.sum((x - y) ** 2) / 2 for x, y in zip(a, b, strict=True)])
    assert float(training.HalfSummedSquare()(a, b)) == pytest.approx(expected, rel=1e-6)


def test_psnr_loss_is_the_mean_of_the_patches_psnr():
    generator = np.random.default_rng(0)
    clean = generator.random((3, 5, 4, 1), np.float32)
    restored = clean + generator.normal(0, [[[[0.1]]], [[[0.01]]], [[[0.3]]]], clean.shape)
    expected = np.mean(
        [peak_signal_noise_ratio(*pair, data_range=1) for pair in zip(clean, restored, strict=True)]
    )
    loss = training.PsnrLoss()
    assert float(loss(clean, restored)) == pytest.approx(-expected, rel=1e-4)
    assert float(loss(clean, clean)) == pytest.approx(-80)
    copy = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(copy(clean, restored)) == float(loss(clean, restored))


def test_orthogonal_start_is_orthogonal_and_keeps_the_last_convolution():
    model = models.dncnn(depth=4, filters=8)
    before = {layer.name: layer.kernel.numpy() for layer in model.layers if "kernel" in dir(layer)}
    training.initialize(model, "orthogonal", seed=1)
    after = {layer.name: layer.kernel.numpy() for layer in model.layers if "kernel" in dir(layer)}
    changed = [name for name in before if not np.array_equal(before[name], after[name])]
    assert changed == list(before)[:-1]
    assert not np.array_equal(after["conv2"], after["conv3"])
    for name in changed:
        matrix = after[name].reshape(-1, after[name].shape[-1])
        gram = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
        np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-5)
    training.initialize(model, "orthogonal", seed=1)
    for name, kernel in after.items():
        np.testing.assert_array_equal(model.get_layer(name).kernel.numpy(), kernel)


def test_the_last_convolution_is_known_by_its_weights():
    """Not by its initializer: a middle convolution may start from normal numbers too."""
    layers = [
        keras.layers.Conv2D(4, 3, kernel_initializer=keras.initializers.RandomNormal(stddev=0.05)),
        keras.layers.Conv2D(1, 3, kernel_initializer="zeros"),
    ]
    model = keras.Sequential([keras.Input((None, None, 1)), *layers])
    before = layers[0].kernel.numpy()
    training.initialize(model, "he_normal", seed=1)
    assert not np.array_equal(layers[0].kernel, before)
    assert not np.any(layers[1].kernel)


def test_unknown_start():
    with pytest.raises(ValueError, match="unknown_start"):
        training.initialize(keras.Sequential(), "unknown_start", seed=0)
