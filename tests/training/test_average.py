"""What is measured, and kept at the end, is the exponential average of the weights."""

import types

import keras
import numpy as np

from keras_restore import data, degradations, models, training

MOMENTUM = 0.6


def test_the_final_model_is_the_average(tmp_path):
    keras.utils.set_random_seed(0)
    model = models.xdncnn(1, depth=2, filters=4, kernel_size=3)
    kernels, measured, variables = [], [], []

    def kernel():
        return np.array(model.get_layer("conv1").kernel)

    def measure(predict, path):
        measured.append(kernel())
        variables[:] = [np.array(variable) for variable in model.variables]
        return {}

    evaluation = types.SimpleNamespace(
        **{"OUTPUT": "restored", "label": "a", "metrics": {}, "measure": measure},
        protocol=types.SimpleNamespace(sigma=None),
    )

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            kernels.append(kernel())

    optimizer = keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=MOMENTUM)
    training.train(
        model,
        data.synthetic_images(2, 16),
        degradations.GaussianNoise(25),
        workdir=training.Workdir(tmp_path / "run", {}),
        optimizer=optimizer,
        loss="mse",
        evaluations=[evaluation],
        steps=6,
        batch_size=2,
        patch_size=16,
        seed=0,
        log_every=3,
        eval_every=3,
        callbacks=[Watch()],
    )
    average, averages = kernels[0], []
    for each in kernels:
        average = MOMENTUM * average + (1 - MOMENTUM) * each
        averages.append(average)
    np.testing.assert_allclose(measured, [averages[2], averages[5]], atol=1e-6)
    # What was measured last is what is kept, with its batch norm statistics.
    for variable, value in zip(model.variables, variables, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert np.abs(kernel() - kernels[-1]).max() > 1e-3
