"""Re-estimated batch norm statistics are the statistics of the data."""

import keras
import numpy as np

from keras_restore import models, training
from keras_restore.training.batch_norm import evaluation_weights


def test_statistics_of_the_first_layer():
    inputs = keras.Input((None, None, 2))
    model = keras.Model(inputs, keras.layers.BatchNormalization(momentum=0.99)(inputs))
    generator = np.random.default_rng(0)
    batches = [generator.normal(i, 2, (4, 8, 8, 2)).astype(np.float32) for i in range(3)]
    training.reestimate_batch_norm(model, batches)
    everything = np.concatenate(batches)
    layer = model.layers[1]
    np.testing.assert_allclose(layer.moving_mean, everything.mean((0, 1, 2)), atol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, everything.var((0, 1, 2)), rtol=1e-3)
    assert layer.momentum == 0.99


def test_evaluation_weights_are_given_back():
    model = models.xdncnn(depth=3, filters=4, kernel_size=3)
    optimizer = keras.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.5)
    model.compile(optimizer, "mse", jit_compile=False)
    x = np.random.default_rng(0).uniform(size=(4, 8, 8, 1)).astype(np.float32)
    for _ in range(3):
        model.train_on_batch(x, x * 0.5)
    before = [v.numpy() for v in model.variables]
    with evaluation_weights(model, optimizer, [x]):
        during = [v.numpy() for v in model.variables]
    changed = {
        v.path.split("/")[-1]
        for v, a, b in zip(model.variables, before, during, strict=True)
        if not np.array_equal(a, b)
    }
    assert {"kernel", "gamma", "moving_mean", "moving_variance"} <= changed
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
