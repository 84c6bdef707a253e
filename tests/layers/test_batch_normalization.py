"""The fused batch normalization beside Keras' own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_restore import layers, models

FUSED = "FusedBatchNormV3"


def made(shape, seed, dtype="float32"):
    return tf.cast(3 * tf.random.stateless_normal(shape, (seed, 0)) + 2, dtype)


def step(layer, inputs, upstream):
    layer.build(inputs.shape)
    for weight, low in ((layer.gamma, 0.5), (layer.beta, -0.5)):
        if weight is not None:
            weight.assign(np.linspace(low, low + 1, inputs.shape[-1]))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=True)
    sources = [inputs, *(w.value for w in layer.trainable_weights)]
    return [outputs, *tape.gradient(outputs, sources, upstream), *layer.non_trainable_weights]


def test_the_momentum_of_an_xunit():
    unit, inputs = layers.XUnit(3, momentum=0.75, epsilon=0.5), made((2, 8, 8, 3), 1)
    unit(inputs, training=True)
    mean = np.mean(inputs, axis=(0, 1, 2))
    np.testing.assert_allclose(unit.input_norm.moving_mean, mean / 4, rtol=1e-5)
    assert unit.input_norm.epsilon == unit.gate_norm.epsilon == 0.5


@pytest.mark.parametrize("arguments", [{}, {"scale": False}, {"center": False}])
@pytest.mark.parametrize("shape", [(4, 9, 7, 5), (1, 2, 1, 3)])
def test_a_step_equals_keras(shape, arguments):
    arguments = {"momentum": 0.8, "epsilon": 1e-3, **arguments}
    inputs, upstream = made(shape, 1), made(shape, 2)
    ours = step(layers.BatchNormalization(**arguments), inputs, upstream)
    true = step(keras.layers.BatchNormalization(**arguments), inputs, upstream)
    for mine, expected in zip(ours, true, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=2e-5)


def test_bfloat16_has_float32_statistics():
    shape = (64, 32, 32, 2)
    inputs, upstream = made(shape, 1, "bfloat16"), made(shape, 2, "bfloat16")
    ours = step(layers.BatchNormalization(dtype="mixed_bfloat16"), inputs, upstream)
    true = step(keras.layers.BatchNormalization(dtype="mixed_bfloat16"), inputs, upstream)
    assert ours[0].dtype == ours[1].dtype == tf.bfloat16
    for mine, expected in zip(ours[-2:], true[-2:], strict=True):
        assert mine.dtype == "float32"
        np.testing.assert_allclose(mine, expected, rtol=1e-5)
    np.testing.assert_allclose(np.float32(ours[0]), np.float32(true[0]), atol=0.04)


def operations(layer, inputs, training):
    graph = tf.function(lambda x: layer(x, training=training)).get_concrete_function(inputs).graph
    return {operation.type for operation in graph.get_operations()}


def test_where_it_is_fused():
    images, vectors = tf.ones((2, 4, 4, 3)), tf.ones((2, 3))
    assert FUSED in operations(layers.BatchNormalization(), images, True)
    assert FUSED not in operations(layers.BatchNormalization(), images, False)
    assert FUSED not in operations(layers.BatchNormalization(trainable=False), images, True)
    assert FUSED not in operations(layers.BatchNormalization(axis=1), images, True)
    assert FUSED not in operations(layers.BatchNormalization(synchronized=True), images, True)
    assert FUSED not in operations(layers.BatchNormalization(), vectors, True)


@pytest.mark.parametrize("build", [models.xdncnn, models.dncnn, models.denoising_unet])
def test_the_networks_use_it(build):
    norms = [
        layer
        for layer in build()._flatten_layers(include_self=False)
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert norms and all(type(layer) is layers.BatchNormalization for layer in norms)
