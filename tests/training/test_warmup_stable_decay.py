"""The learning rate that stays high."""

import keras
import pytest

from keras_restore import training


def test_a_saved_optimizer_keeps_its_schedule():
    rate = training.WarmupStableDecay(1e-2, 1e-4, steps=200)
    optimizer = keras.optimizers.deserialize(
        keras.optimizers.serialize(keras.optimizers.Adam(rate))
    )
    for step in (5, 10, 100, 170, 200):
        assert float(optimizer._learning_rate(step)) == pytest.approx(float(rate(step)))
    assert float(rate(100)) == pytest.approx(1e-2)
