"""The laws of every public builder."""

import cases
import keras
import numpy as np
import pytest
import tensorflow as tf
from conformance_inputs import model_input

from keras_restore import layers

each_model = pytest.mark.parametrize(
    "case", cases.MODELS, ids=[f"{case.name}{i}" for i, case in enumerate(cases.MODELS)]
)


def outputs_of(model, x, **kwargs):
    """The outputs as a list, for models of one and of several."""
    return keras.tree.flatten(model(x, **kwargs))


@each_model
def test_parameters_as_in_the_paper(case):
    model = case.full()
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == case.parameters


@each_model
def test_every_layer_is_named(case):
    """Automatic names carry a counter, so two instances would differ."""
    first, second = ([layer.name for layer in case.make().layers] for _ in range(2))
    assert first == second
    assert isinstance(case.make(), keras.Model)


@each_model
@pytest.mark.parametrize("size", [(1, 1), (2, 5), (13, 8)])
def test_any_size(case, size):
    model = case.make()
    x = model_input(case, *size)
    outputs = outputs_of(model, x)
    restored = outputs[0]
    scale = restored.shape[1] // size[0]
    assert restored.shape[1:3] == (size[0] * scale, size[1] * scale)
    assert all(np.all(np.isfinite(output)) for output in outputs)


@each_model
def test_eager_graph_and_batch_agree(case):
    model = case.make()
    x = model_input(case)
    eager = outputs_of(model, x)
    graph = tf.function(lambda x: outputs_of(model, x))(x)
    alone = outputs_of(model, keras.tree.map_structure(lambda array: array[1:], x))
    for e, g, a in zip(eager, graph, alone, strict=True):
        np.testing.assert_allclose(e, g, atol=1e-5)
        np.testing.assert_allclose(e[1:], a, atol=1e-5)


@each_model
def test_a_residual_network_starts_near_the_identity(case):
    keras.utils.set_random_seed(0)
    model = case.make()
    if not any(isinstance(layer, layers.ResidualOutput) for layer in model.layers):
        pytest.skip("predicts the image itself")
    x = model_input(case)
    degraded = x["degraded"] if isinstance(x, dict) else x
    restored = model(x)
    np.testing.assert_allclose(restored, degraded[..., : restored.shape[-1]], atol=0.02)


@each_model
def test_gradients(case):
    model = case.make()
    x = model_input(case, 12, 12)
    with tf.GradientTape() as tape:
        loss = sum(tf.reduce_mean(output**2) for output in outputs_of(model, x, training=True))
    weights = model.trainable_weights
    gradients = tape.gradient(loss, [w.value for w in weights])
    for weight, gradient in zip(weights, gradients, strict=True):
        assert gradient is not None and np.all(np.isfinite(gradient)), weight.path


@each_model
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_output_is_float32_in_mixed_precision(case, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = case.make()
    finally:
        keras.config.set_dtype_policy(before)
    assert any(layer.compute_dtype == policy[6:] for layer in model.layers)
    for output in outputs_of(model, model_input(case)):
        assert output.dtype == "float32"
