"""The laws of every public layer."""

import inspect
import json

import cases
import keras
import numpy as np
import pytest
import tensorflow as tf
from conformance_inputs import layer_inputs, layer_model

from keras_restore import layers

each_layer = pytest.mark.parametrize(
    "case", cases.LAYERS, ids=[f"{case.name}{i}" for i, case in enumerate(cases.LAYERS)]
)


def inputs_of(case):
    inputs = layer_inputs(case)
    return inputs if len(inputs) > 1 else inputs[0]


@each_layer
def test_config_holds_every_constructor_argument(case):
    layer = case.make()
    config = layer.get_config()
    parameters = inspect.signature(type(layer).__init__).parameters
    arguments = {n for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD} - {"self"}
    assert arguments <= set(config)
    restored = type(layer).from_config(json.loads(json.dumps(config)))
    assert restored.get_config() == config
    # The name in saved files, for ever.
    name = keras.saving.get_registered_name(type(layer))
    assert name == f"keras_restore>{type(layer).__name__}"


@each_layer
def test_symbolic_eager_and_graph_agree(case):
    model, inputs = layer_model(case), inputs_of(case)
    eager = model(inputs).numpy()
    graph = tf.function(lambda x: model(x))(inputs).numpy()
    np.testing.assert_allclose(eager, graph, atol=1e-5)
    shape = case.make().compute_output_shape(
        [a.shape for a in inputs] if isinstance(inputs, list) else inputs.shape
    )
    assert tuple(shape) == eager.shape
    assert len(model.output_shape) == 4 and model.output_shape[-1] == eager.shape[-1]


@each_layer
def test_batch_invariance(case):
    model, inputs = layer_model(case), inputs_of(case)
    whole = model(inputs).numpy()
    first = [a[:1] for a in inputs] if isinstance(inputs, list) else inputs[:1]
    np.testing.assert_allclose(model(first).numpy(), whole[:1], atol=1e-6)


@each_layer
def test_gradients(case):
    model, inputs = layer_model(case), inputs_of(case)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(inputs, training=True) ** 2)
    gradients = tape.gradient(loss, [w.value for w in model.trainable_weights])
    for weight, gradient in zip(model.trainable_weights, gradients, strict=True):
        assert gradient is not None, weight.path
        assert np.all(np.isfinite(gradient)), weight.path


@each_layer
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(case, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer = case.make()
        output = layer_model(case)(inputs_of(case))
    finally:
        keras.config.set_dtype_policy(before)
    expected = "float32" if isinstance(layer, layers.ResidualOutput) else policy[6:]
    assert output.dtype == expected
    assert np.all(np.isfinite(output.numpy().astype(np.float32)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.XUnit(kernel_size=4), "kernel_size"),
        (lambda: layers.XUnit(kernel_size=-1), "kernel_size"),
        (lambda: layers.XUnit(gate="relu"), "gate"),
        (lambda: layers.ResidualOutput("multiply"), "mode"),
        (lambda: layers.PadToMultiple(0), "multiple"),
        (lambda: layers.ResidualOutput()(np.zeros((1, 2, 2, 1), np.float32)), "inputs"),
        (lambda: layers.SymmetricSkip()([np.zeros((1, 2, 2, 1), np.float32)]), "inputs"),
        (lambda: layers.NoiseLevelMap()(np.zeros((1, 2, 2, 1), np.float32)), "inputs"),
        (lambda: layers.CropLike()(np.zeros((1, 2, 2, 1), np.float32)), "inputs"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
