"""Which engine runs a model, and what is said where it cannot."""

import importlib.util
import shutil
import weakref

import keras
import numpy as np
import pytest

import keras_restore
from keras_restore import export, inference, models
from keras_restore.inference import Card, open_predictor
from keras_restore.inference.engines import ENGINES


@pytest.fixture(scope="module")
def model():
    return models.xnet(depth=3, filters=4, kernel_size=3)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny"
    export.write_artifacts(model, folder, Card(task="gray denoising"))
    return folder


@pytest.fixture
def installed(monkeypatch):
    """Makes some modules of engines seem to be missing, and cards to be there or not."""
    module = importlib.import_module("keras_restore.inference.open_predictor")
    found = importlib.util.find_spec

    def choose(missing=(), gpu=False):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: None if name in missing else found(name)
        )
        monkeypatch.setattr(module, "has_gpu", lambda: gpu)

    return choose


def test_auto_takes_the_fastest_that_is_installed(folder, installed):
    if importlib.util.find_spec("openvino"):
        installed()
        assert open_predictor(folder).NAME == "openvino"
    installed(missing={"openvino"})
    assert open_predictor(folder).NAME == "keras"
    installed(missing={"openvino", "tensorflow"})
    assert open_predictor(folder).NAME == "litert"
    installed(gpu=True)
    assert open_predictor(folder).NAME == "keras"
    for name, engine in (("model.tflite", "litert"), ("saved_model", "saved_model")):
        assert open_predictor(folder / name).NAME == engine


def test_every_engine_of_a_folder_gives_the_same_in_tiles(model, folder, tmp_path):
    image = np.random.default_rng(0).random((37, 45, 1), np.float32)
    expected = np.asarray(model(image[None]))[0]
    for engine in ("keras", "litert", "saved_model", "openvino"):
        if engine == "openvino":
            pytest.importorskip("openvino")
            # Without a card beside it.
            alone = shutil.copy(folder / "model.tflite", tmp_path / "alone.tflite")
            restored = keras_restore.restore(image, alone, tile=30, engine=engine)
            np.testing.assert_allclose(restored, expected, atol=1e-6)
        restored = keras_restore.restore(image, folder, tile=30, engine=engine)
        np.testing.assert_allclose(restored, expected, atol=1e-6)


def test_what_an_engine_cannot_is_refused(model, folder):
    image = np.zeros((9, 8, 1), np.float32)
    for wrong, sentence in (
        ({"engine": "torch"}, r"`engine` must be one of \('auto', 'keras', 'litert'"),
        ({"engine": "onnx"}, "`engine` must be 'auto' or one that reads"),
        ({"engine": "litert", "precision": "bfloat16"}, "`precision` must be one that the engine"),
        ({"precision": "int8"}, "`precision` must be one that the engine"),
    ):
        with pytest.raises(ValueError, match=sentence):
            keras_restore.restore(image, folder, **wrong)
    with pytest.raises(ValueError, match="run by Keras, in float32"):
        keras_restore.restore(image, model, engine="litert")
    with pytest.raises(ValueError, match="opened already, by engine 'keras'"):
        keras_restore.restore(image, open_predictor(model), engine="litert")
    with pytest.raises(ValueError, match="opened already.*in float32"):
        keras_restore.restore(image, open_predictor(model), precision="bfloat16")
    half = open_predictor(model)
    vars(half)["precision"] = "bfloat16"
    keras_restore.restore(image, half)
    del half.precision


@pytest.mark.parametrize("engine, extra", (("openvino", "openvino"), ("onnx", "onnx")))
def test_the_extra_is_named_where_it_is_missing(folder, tmp_path, monkeypatch, engine, extra):
    needs = next(each.NEEDS for each in ENGINES if each.NAME == engine)
    monkeypatch.setitem(__import__("sys").modules, *needs, None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    path = {"openvino": folder, "onnx": tmp_path / "model.onnx"}[engine]
    (tmp_path / "model.onnx").touch()
    with pytest.raises(ImportError, match=rf"pip install keras-restore\[{extra}\]"):
        open_predictor(path, engine)


def test_openvino_names_the_operation_that_it_lacks(tmp_path):
    pytest.importorskip("openvino")
    import tensorflow as tf

    class Odd(keras.layers.Layer):
        def call(self, inputs):
            return tf.math.betainc(inputs, inputs, inputs)

    inputs = keras.Input((None, None, 1), name="degraded")
    keras.Model(inputs, Odd()(inputs)).export(str(tmp_path / "saved_model"), verbose=False)
    with pytest.raises(ValueError, match="OpenVINO cannot run .* it has no Betainc"):
        open_predictor(tmp_path / "saved_model", "openvino")
    # Another one has it.
    assert open_predictor(tmp_path).NAME == "saved_model"


def test_openvino_keeps_what_it_compiled_for_the_last_shapes(folder, monkeypatch):
    pytest.importorskip("openvino")
    engine, compiled = inference.openvino_predictor.OpenVINOPredictor, []
    compile_for = engine._compile
    monkeypatch.setattr(
        engine, "_compile", lambda *arguments: compiled.append(1) or compile_for(*arguments)
    )
    predictor = engine(folder / "saved_model")
    for side, expected in zip((8, 9, 10, 11, 8, 12, 8, 9), (1, 2, 3, 4, 4, 5, 5, 6), strict=True):
        predictor(np.zeros((1, side, side, 1), np.float32))
        assert len(compiled) == expected
    # Without waiting for the garbage collector: networks are large.
    gone = weakref.ref(predictor)
    del predictor
    assert gone() is None


def test_bfloat16_where_the_processor_has_none(folder, monkeypatch):
    pytest.importorskip("openvino")
    engine = inference.openvino_predictor.OpenVINOPredictor
    monkeypatch.setattr(engine, "_has_bfloat16", lambda self: False)
    with pytest.raises(ValueError, match="this processor has no bfloat16"):
        open_predictor(folder, precision="bfloat16")
