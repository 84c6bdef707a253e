"""Muon takes a convolution's kernel as a matrix, and leaves the rest to Adam."""

import keras
import numpy as np
import pytest

from keras_restore import training


def after_steps(optimizer, value, gradients):
    variable = keras.Variable(value)
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    return keras.ops.convert_to_numpy(variable)


def drawn(shape):
    generator = np.random.default_rng(0)
    return [generator.normal(size=shape).astype(np.float32) for _ in range(4)]


@pytest.mark.parametrize("shape", [(3, 3, 4, 8), (3, 3, 1, 16)])
def test_a_kernel_moves_as_its_matrix(shape):
    matrix = (np.prod(shape[:3]), shape[3])
    value, *gradients = drawn(shape)
    settings = {"learning_rate": 0.01, "weight_decay": 0.1}
    ours = after_steps(training.Muon(**settings), value, gradients)
    keras_own = after_steps(
        keras.optimizers.Muon(**settings),
        value.reshape(matrix),
        [gradient.reshape(matrix) for gradient in gradients],
    )
    np.testing.assert_allclose(ours.reshape(matrix), keras_own, atol=1e-6)


@pytest.mark.parametrize("shape", [(9, 9, 4, 1), (3, 3, 8, 1), (8,)])
def test_everything_else_moves_as_by_adam(shape):
    value, *gradients = drawn(shape)
    muon = training.Muon(0.01, weight_decay=None, adam_weight_decay=None)
    ours, adam = (
        after_steps(optimizer, value, gradients)
        for optimizer in (muon, keras.optimizers.Adam(0.01))
    )
    np.testing.assert_allclose(ours, adam, atol=1e-6)


def test_is_loaded_with_a_model():
    optimizer = training.Muon(0.01, momentum=0.9)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(again) is training.Muon and again.momentum == 0.9
