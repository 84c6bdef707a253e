"""The largest activation, of networks whose every number is known; the command says an overflow."""

import keras
import numpy as np
import pytest

from keras_restore import cli, export, models
from keras_restore.layers import NoiseLevelMap


def pointwise(x, *weights, name):
    """A 1x1 convolution to one channel, of these weights."""
    layer = keras.layers.Conv2D(1, 1, use_bias=False, name=name)
    y = layer(x)
    layer.set_weights([np.reshape(np.float32(weights), (1, 1, -1, 1))])
    return y


def loud(peak):
    """A network that does nothing, by way of `peak` times the picture, below zero."""
    image = keras.Input((None, None, 1), name="degraded")
    # In two steps: a weight above float16's limit is written as the limit.
    x = pointwise(image, -peak / 256, name="louder")
    x = pointwise(x, 256, name="loud")
    return keras.Model(image, pointwise(x, -1 / peak, name="restored"))


@pytest.mark.parametrize("options", ({}, {"size": (9, 12)}, {"uint8": True}), ids=str)
@pytest.mark.parametrize("quantize", ("float32", "float16"))
def test_the_largest_of_all_pictures_inside_and_below_zero(tmp_path, quantize, options):
    path = tmp_path / "model.tflite"
    export.tflite(loud(300.0), path, quantize, **options)
    # Of what is in bytes, and of noise that is not clipped.
    expected = 300 if "uint8" in options else 600
    assert export.largest_activation(path) == pytest.approx(expected, rel=0.02)


def test_a_network_is_told_of_noise(tmp_path):
    inputs = {
        "degraded": keras.Input((None, None, 1), name="degraded"),
        "sigma": keras.Input((None, None, 1), name="sigma"),
    }
    x = NoiseLevelMap(name="map")([inputs["degraded"], inputs["sigma"]])
    inside = pointwise(x, 0.0, 255_000.0, name="loud")
    restored = keras.layers.Subtract(name="restored")([inputs["degraded"], inside])
    export.tflite(keras.Model(inputs, restored), tmp_path / "model.tflite")
    assert export.largest_activation(tmp_path / "model.tflite") == pytest.approx(75_000, rel=1e-3)


@pytest.mark.parametrize("quantize", ("float32", "float16"))
def test_the_square_in_a_gate_is_left_out(tmp_path, quantize):
    model = models.xnet(depth=2, filters=2, kernel_size=3)
    model.set_weights([np.full(w.shape, 4.0) for w in model.weights])
    export.tflite(model, tmp_path / "model.tflite", quantize)
    largest = export.largest_activation(tmp_path / "model.tflite")
    assert export.FLOAT16_LIMIT**0.5 < largest < export.FLOAT16_LIMIT


@pytest.mark.parametrize("peak, overflows", ((2.0**14, False), (2.0**16, True)))
def test_the_command_says_that_float16_overflows(tmp_path, capsys, peak, overflows):
    loud(peak).save(tmp_path / "loud.keras")
    arguments = [f"--model={tmp_path / 'loud.keras'}", f"--output={tmp_path}"]
    assert cli.main(["export", *arguments, "--formats=float16"]) == 0
    assert ("activations reach 1" in capsys.readouterr().out) == overflows


def test_a_fault_is_not_passed_over(tmp_path, capsys):
    model = models.dncnn(1, depth=3, filters=4)
    model.get_layer("conv2").kernel.assign(model.get_layer("conv2").kernel * np.nan)
    export.tflite(model, tmp_path / "model.tflite")
    assert np.isnan(export.largest_activation(tmp_path / "model.tflite"))
