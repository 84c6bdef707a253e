"""Starting from the weights of another network."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_restore import models
from keras_restore.training.start_from import start_from


@pytest.fixture
def denoiser(tmp_path):
    """A small network of distinct weights and its file."""
    model = models.xdncnn(1, depth=3, filters=4, kernel_size=3)
    generator = np.random.default_rng(0)
    model.set_weights([generator.uniform(0.1, 1.0, w.shape) for w in model.weights])
    model.save(tmp_path / "denoiser.keras")
    return model, tmp_path / "denoiser.keras"


def test_all_weights_are_copied(denoiser):
    source, path = denoiser
    model = models.xdncnn(1, depth=3, filters=4, kernel_size=3)
    start_from(model, path)
    for mine, theirs in zip(model.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_network_with_a_noise_level_map_starts_as_the_one_without(denoiser):
    source, path = denoiser
    model = models.fxdncnn(1, depth=3, filters=4, kernel_size=3)
    start_from(model, path)
    degraded = np.random.default_rng(1).random((1, 9, 8, 1), np.float32)
    for sigma in (0, 60):
        inputs = {"degraded": degraded, "sigma": np.full((1, 1, 1, 1), sigma, np.float32)}
        np.testing.assert_allclose(model(inputs), source(degraded), atol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: models.xdncnn(1, depth=4, filters=4, kernel_size=3), "weights"),
        (lambda: models.xdncnn(1, depth=3, filters=5, kernel_size=3), "conv1"),
        (lambda: models.xdncnn(1, depth=3, filters=4, kernel_size=5), "depthwise"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(denoiser, make, message):
    model = make()
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        start_from(model, denoiser[1])
    for mine, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_network_that_is_not_told_the_level_starts_as_one_that_is(tmp_path):
    source = models.fxdncnn(1, depth=3, filters=4, kernel_size=3)
    generator = np.random.default_rng(0)
    source.set_weights([generator.uniform(0.1, 1.0, w.shape) for w in source.weights])
    source.save(tmp_path / "told.keras")
    model = models.xdncnn(1, depth=3, filters=4, kernel_size=3)
    start_from(model, tmp_path / "told.keras", 25)
    degraded = generator.random((1, 19, 18, 1), np.float32)
    inputs = {"degraded": degraded, "sigma": np.full((1, 1, 1, 1), 25, np.float32)}
    inner = (0, slice(7, -7), slice(7, -7))
    np.testing.assert_allclose(
        model(degraded).numpy()[inner], source(inputs).numpy()[inner], rtol=1e-5
    )
    for sigma in (None, (0, 55)):
        with pytest.raises(ValueError, match="`sigma` must be one noise level"):
            start_from(model, tmp_path / "told.keras", sigma)


def test_fewer_input_channels_than_the_file_has_are_refused(tmp_path):
    models.xdncnn(3, depth=3, filters=4, kernel_size=3).save(tmp_path / "color.keras")
    with pytest.raises(ValueError, match="conv1"):
        start_from(models.xdncnn(1, depth=3, filters=4, kernel_size=3), tmp_path / "color.keras")


def test_a_damaged_file(tmp_path):
    (tmp_path / "a.keras").write_bytes(b"PK\x03\x04 half")
    with pytest.raises(ValueError, match="a.keras' is not a Keras model"):
        start_from(models.xdncnn(1, depth=3, filters=4), tmp_path / "a.keras")


def test_missing_file():
    with pytest.raises(ValueError, match="nowhere.keras"):
        start_from(models.xdncnn(1, depth=3, filters=4), "nowhere.keras")


def test_the_flag_of_a_recipe(tmp_path, repository):
    """With a learning rate of (almost) zero a run ends with the weights it started from."""
    start = models.xdncnn(1, depth=2, filters=4)
    start.set_weights([np.random.default_rng(2).uniform(0.1, 1, w.shape) for w in start.weights])
    start.save(tmp_path / "start.keras")
    command = [sys.executable, str(repository / "recipes" / "denoise.py"), "--smoke", "--depth=2"]
    command += ["--filters=4", "--schedule=constant", "--learning_rate=1e-30"]
    command += [f"--start_from={tmp_path / 'start.keras'}", f"--workdir={tmp_path / 'run'}"]
    subprocess.run(command, check=True)
    end = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    for name in ("conv1", "conv2"):
        np.testing.assert_array_equal(end.get_layer(name).kernel, start.get_layer(name).kernel)
