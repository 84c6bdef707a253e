"""The same engine with Keras models, SavedModels and LiteRT files."""

import importlib
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from made_pictures import picture
from made_predictors import Darken
from PIL import Image

import keras_restore
from keras_restore import export, models
from keras_restore.graph import receptive_field, working_memory
from keras_restore.inference import Card, open_predictor
from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.inference.litert_predictor import LiteRTPredictor


@pytest.fixture(scope="module")
def model():
    return models.xnet(depth=3, filters=4, kernel_size=3)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny"
    export.write_artifacts(model, folder, Card(task="gray denoising", color="channels"))
    export.tflite(model, folder / "fixed.tflite", size=(32, 32))
    return folder


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).random((67, 45, 1), np.float32)


@pytest.mark.parametrize(
    "path", ["", "model.keras", "saved_model", "model.tflite", "fixed.tflite"], ids=str
)
def test_all_forms_of_a_model_tiled(model, folder, image, path):
    whole = np.asarray(model(image[None]))[0]
    predictor = open_predictor(folder / path)
    assert (predictor.channels, predictor.scale, predictor.halo) == (1, 1, 5)
    restored = keras_restore.restore(image, predictor, tile=30)
    np.testing.assert_allclose(restored, whole, atol=1e-6)


def test_load_gives_the_model_and_its_card(model, folder, image):
    loaded = keras_restore.load(folder)
    assert isinstance(loaded, keras.Model)
    assert loaded.card.task == "gray denoising" and loaded.card.geometry["halo"] == 5
    np.testing.assert_array_equal(np.asarray(loaded(image[None])), np.asarray(model(image[None])))
    assert keras_restore.load(folder / "model.keras").name == model.name
    with pytest.raises(ValueError, match="restore"):
        keras_restore.load(folder / "model.tflite")
    (folder / "broken.keras").write_text("no model")
    with pytest.raises(ValueError, match="not a Keras model"):
        keras_restore.load(folder / "broken.keras")


def test_a_model_is_traced_once(model, image):
    before = set(vars(model))
    assert open_predictor(model) is open_predictor(model)
    assert set(vars(model)) == before


@pytest.mark.parametrize("name", ["saved_model", "model.keras"])
def test_of_several_outputs_the_one_named_restored(tmp_path, image, name):
    inputs = keras.Input((None, None, 1), name="degraded")
    noise = keras.layers.Conv2D(1, 3, padding="same", name="noise")(inputs)
    outputs = {"noise": noise, "restored": keras.layers.Subtract(name="last")([inputs, noise])}
    model = keras.Model(inputs, outputs)
    expected = np.asarray(model(image[None])["restored"])
    np.testing.assert_allclose(open_predictor(model)(image[None]), expected, atol=1e-6)
    if name == "saved_model":
        model.export(tmp_path / name, verbose=False)
    else:
        model.save(tmp_path / name)
    np.testing.assert_allclose(open_predictor(tmp_path / name)(image[None]), expected, atol=1e-6)
    with pytest.raises(ValueError, match="one named 'clean'"):
        KerasPredictor(model, "clean")


def test_a_model_that_is_told_the_noise_level(tmp_path, image):
    inputs = {
        "degraded": keras.Input((None, None, 1), name="degraded"),
        "sigma": keras.Input((None, None, 1), name="sigma"),
    }
    level = keras.layers.Rescaling(1 / 255, name="level")(inputs["sigma"])
    restored = keras.layers.Subtract(name="restored")([inputs["degraded"], level])
    model = keras.Model(inputs, restored)
    model.save(tmp_path / "model.keras")
    model.export(tmp_path / "saved_model", verbose=False)
    for name in ("model.keras", "saved_model"):
        predictor = open_predictor(tmp_path / name)
        np.testing.assert_allclose(predictor(image[None], 51)[0], image - 0.2, atol=1e-6)
        np.testing.assert_allclose(predictor.told(51)(image[None])[0], image - 0.2, atol=1e-6)
        levels = np.linspace(0, 255, image.size).reshape(image.shape[:2])
        told = predictor(image[None], levels[None, ..., None])[0]
        np.testing.assert_allclose(told, image - levels[..., None] / 255, atol=1e-6)
        assert predictor.takes_map
        with pytest.raises(ValueError, match="`sigma` must be given"):
            predictor(image[None])
    with pytest.raises(ValueError, match="a number or 'auto' to estimate it"):
        keras_restore.restore(image, model)
    np.testing.assert_array_equal(keras_restore.restore(image, model, sigma=levels, tile=20), told)


def test_a_litert_file_takes_one_level_and_no_map(tmp_path, image):
    export.tflite(models.fdncnn(1, depth=2, filters=2), tmp_path / "told.tflite")
    with pytest.raises(ValueError, match="this form of the model takes no map"):
        keras_restore.restore(image, tmp_path / "told.tflite", sigma=np.full((67, 45), 25.0))


def test_a_litert_file_whose_level_and_other_results_come_first(tmp_path, image):
    def run(sigma, image):
        return {"a_class": tf.reduce_mean(image, (1, 2)), "restored": image - sigma / 255}

    specs = [tf.TensorSpec((1,), name="a_sigma")]
    specs.append(tf.TensorSpec((1, None, None, 1), name="image"))
    traced = tf.function(run, input_signature=specs).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
    (tmp_path / "told.tflite").write_bytes(converter.convert())
    restored = LiteRTPredictor(tmp_path / "told.tflite")(image[None], 51)
    np.testing.assert_allclose(restored[0], image - 0.2, atol=1e-6)


def test_litert_maps_of_a_size_that_is_no_square(model, tmp_path):
    found = []
    for size in ((32, 32), (32, 48)):
        export.tflite(model, tmp_path / "fixed.tflite", size=size)
        found.append(LiteRTPredictor(tmp_path / "fixed.tflite").bytes_per_pixel)
    assert found[0] == found[1] > 0


def test_litert_without_tensorflow(folder, tmp_path):
    pixels = picture(40, 30, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    code = """
import sys
sys.modules["keras"] = sys.modules["tensorflow"] = None
from keras_restore.cli import main
status = main(sys.argv[1:])
loaded = {name.split(".")[0] for name, module in sys.modules.items() if module}
assert not loaded & {"keras", "tensorflow"}
sys.exit(status)
"""
    for name, output in (("model.tflite", "b.png"), ("", "c.png")):
        arguments = ["restore", "--model", folder / name, "--input", tmp_path / "a.png"]
        arguments += ["--output", tmp_path / output, "--tile=20"]
        command = [sys.executable, "-c", code, *map(str, arguments)]
        root = str(keras_restore.__path__[0]) + os.sep + ".."
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": root})
    expected = keras_restore.restore(pixels, folder / "model.keras")
    for output in ("b.png", "c.png"):
        restored = np.asarray(Image.open(tmp_path / output)).astype(int)
        assert np.abs(restored - expected).max() <= 1


def test_global_operations_have_no_halo(image):
    inputs = keras.Input((None, None, 1), name="degraded")
    x = keras.layers.Conv2D(4, 3, padding="same", name="conv")(inputs)
    weights = keras.layers.GlobalAveragePooling2D(keepdims=True, name="mean")(x)
    x = keras.layers.Multiply(name="gate")([x, keras.layers.Dense(4, name="dense")(weights)])
    squeeze = keras.Model(inputs, keras.layers.Conv2D(1, 1, name="last")(x))
    assert receptive_field(squeeze).halo is None
    whole = keras_restore.restore(image, squeeze)
    np.testing.assert_allclose(whole, np.asarray(squeeze(image[None]))[0], atol=1e-6)
    with pytest.raises(ValueError, match="whole picture"):
        keras_restore.restore(image, squeeze, tile=30)


def test_layers_that_hide_what_they_see_are_named():
    inputs = keras.Input((None, None, 1), name="degraded")
    outputs = keras.layers.RandomFlip(name="surprise")(inputs)
    with pytest.raises(ValueError, match="'surprise'"):
        receptive_field(keras.Model(inputs, outputs))
    classifier = keras.Model(inputs, keras.layers.GlobalMaxPooling2D(name="pool")(inputs))
    with pytest.raises(ValueError, match="integer multiple"):
        receptive_field(classifier)
    with pytest.raises(ValueError, match="functional"):
        receptive_field("a name")


def test_working_memory_counts_what_lives():
    chain = models.dncnn(depth=5, filters=16)
    # Two feature maps at a time and the picture, which the last layer needs.
    assert working_memory(chain) == pytest.approx(4 * (2 * 16 + 1), rel=0.02)
    told = models.fdncnn(1, depth=5, filters=16)
    assert working_memory(told) == pytest.approx(working_memory(chain), rel=0.1)
    # An xUnit's two maps beside what comes in and goes out.
    units = models.xdncnn(1, depth=5, filters=16)
    assert working_memory(units) == pytest.approx(4 * (4 * 16 + 1), rel=0.02)
    skips = models.red_net(depth=12, filters=16)
    assert working_memory(skips) > 1.9 * working_memory(chain)


def test_tiles_of_models_that_are_told_sigma_and_of_sequential_ones(image):
    told = models.fxdncnn(depth=3, filters=4, kernel_size=3)
    assert working_memory(told) > working_memory(models.xdncnn(depth=3, filters=2, kernel_size=3))
    keras_restore.restore(image, told, sigma=20)
    convolution = keras.layers.Conv2D(1, 3, padding="same")
    sequential = keras.Sequential([keras.Input((None, None, 1)), convolution])
    assert receptive_field(sequential).halo == 1
    restored = keras_restore.restore(image, sequential, tile=20)
    np.testing.assert_allclose(restored, np.asarray(sequential(image[None]))[0], atol=1e-6)


def test_out_of_memory_of_tensorflow_is_a_memory_error(model):
    import tensorflow as tf

    predictor = KerasPredictor(model)

    def fail(batch):
        raise tf.errors.ResourceExhaustedError(None, None, "no memory")

    predictor._function = fail
    with pytest.raises(MemoryError):
        predictor(np.zeros((1, 8, 8, 1), np.float32))


def test_the_noise_is_estimated_once_for_the_choice_and_the_network(monkeypatch):
    module = importlib.import_module("keras_restore.inference.open_predictor")
    estimated = []
    monkeypatch.setattr(module, "sigma_of", lambda picture: estimated.append(picture) or 20.0)
    monkeypatch.setattr(module, "nearest_denoiser", lambda sigma, channels: f"of {sigma:g}")
    opened = {"of 20": Darken(channels=3)}
    monkeypatch.setattr(module, "open_predictor", lambda model, *_: opened[model])
    pixels = np.full((8, 9, 3), 0.5, np.float32)
    restored = keras_restore.restore(pixels, "auto")
    np.testing.assert_allclose(restored, pixels - 20 / 255, atol=1e-6)
    assert len(estimated) == 1
