"""An engine that is no part of the package goes wherever a model goes."""

import subprocess
import sys

import keras
import numpy as np
import outside_engine
import pytest
from made_pictures import picture
from PIL import Image

import keras_restore
from keras_restore import export
from keras_restore.evaluation import evaluate_models
from keras_restore.inference import find_model, open_predictor, register_engine
from keras_restore.inference.engines import ENGINES


@pytest.fixture(autouse=True)
def engine():
    yield register_engine(outside_engine.NumPyPredictor)
    ENGINES.remove(outside_engine.NumPyPredictor)


@pytest.fixture
def model():
    inputs = keras.Input((None, None, 1), name="degraded")
    convolution = keras.layers.Conv2D(1, 3, padding="same", use_bias=False, name="conv")
    model = keras.Model(inputs, convolution(inputs))
    model.set_weights([np.random.default_rng(0).normal(0.1, 0.05, (3, 3, 1, 1))])
    return model


@pytest.fixture
def folder(model, tmp_path):
    """A model's folder with the engine's file alone."""
    folder = tmp_path / "mine"
    folder.mkdir()
    outside_engine.write(model, folder / "model.npz")
    return folder


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(2):
        Image.fromarray(picture(30, 41, 1, seed=seed)[..., 0]).save(folder / f"{seed}.png")
    return folder


def test_restores_in_tiles(model, folder, engine):
    image = np.random.default_rng(1).random((33, 27, 1), np.float32)
    expected = np.asarray(model(image[None]))[0]
    for path in (folder, folder / "model.npz"):
        assert isinstance(open_predictor(path), engine)
        for tile in (None, 10):
            restored = keras_restore.restore(image, path, tile=tile)
            np.testing.assert_allclose(restored, expected, atol=1e-6)


def test_is_evaluated(model, folder, pictures):
    model.save(folder / "twin.keras")
    names = [str(folder / "model.npz"), str(folder / "twin.keras")]
    mine, twin = evaluate_models(names, [str(pictures)], ["gray_sigma25"])
    assert (mine.model, twin.model) == ("mine.npz", "twin")
    for a, b in zip(mine.rows, twin.rows, strict=True):
        assert a["psnr"] == pytest.approx(b["psnr"], abs=1e-3)


def test_verifies_a_format_from_outside(model, engine, tmp_path, monkeypatch):
    form = export.Format("model.npz", outside_engine.write, engine)
    monkeypatch.setitem(export.FORMATS, "npz", form)
    card = export.export_formats(model, tmp_path, ["npz"])
    assert card.exports["npz"]["file"] == "model.npz"
    assert card.exports["npz"]["largest_difference"] < 1e-6
    model.set_weights([weight + 0.1 for weight in model.get_weights()])
    assert export.verify(model, tmp_path / "model.npz") > 0.1


def test_runs_by_the_command_of_a_fresh_process(model, folder, pictures, repository, tmp_path):
    code = """
import sys
sys.modules["keras"] = sys.modules["tensorflow"] = None
sys.path[:0] = sys.argv[1:3]
import outside_engine
from keras_restore.cli import main
from keras_restore.inference import register_engine
register_engine(outside_engine.NumPyPredictor)
sys.exit(main(sys.argv[3:]))
"""
    source, target = pictures / "0.png", tmp_path / "restored.png"
    arguments = [repository, repository / "tests", "restore", f"--model={folder}", "--tile=16"]
    arguments += [f"--input={source}", f"--output={target}"]
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)
    degraded = np.asarray(Image.open(source))[None, ..., None] / np.float32(255)
    expected = np.clip(np.asarray(model(degraded))[0, ..., 0], 0, 1) * 255
    np.testing.assert_allclose(np.asarray(Image.open(target)), expected, atol=0.51)


def test_what_is_no_engine_is_refused(folder):
    for wrong in (dict, keras_restore.inference.Predictor, "openvino"):
        with pytest.raises(ValueError, match="`engine` must be a subclass of Predictor"):
            register_engine(wrong)
    ENGINES.remove(outside_engine.NumPyPredictor)
    with pytest.raises(ValueError, match="saved_model, model.onnx, or a folder"):
        find_model(folder)
    ENGINES.append(outside_engine.NumPyPredictor)
