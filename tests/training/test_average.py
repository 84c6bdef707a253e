"""The final model is the exponential average of the weights."""

import keras
import numpy as np

from keras_restore import data, degradations, models, training

MOMENTUM = 0.6


def test_the_final_model_is_the_average(tmp_path):
    keras.utils.set_random_seed(0)
    model = models.xdncnn(1, depth=2, filters=4, kernel_size=3)
    kernels = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            kernels.append(np.array(model.get_layer("conv1").kernel))

    optimizer = keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=MOMENTUM)
    training.train(
        model,
        data.synthetic_images(2, 16),
        degradations.GaussianNoise(25),
        workdir=training.Workdir(tmp_path / "run", {}),
        optimizer=optimizer,
        loss="mse",
        steps=5,
        batch_size=2,
        patch_size=16,
        seed=0,
        log_every=5,
        eval_every=5,
        callbacks=[Watch()],
    )
    average = kernels[0]
    for kernel in kernels[1:]:
        average = MOMENTUM * average + (1 - MOMENTUM) * kernel
    final = np.array(model.get_layer("conv1").kernel)
    np.testing.assert_allclose(final, average, atol=1e-6)
    assert np.abs(final - kernels[-1]).max() > 1e-3
