"""Every engine and the command give the expected pictures of every shipped model."""

import conformance_vectors as vectors
import numpy as np
import pytest

from keras_restore.cli import main
from keras_restore.export import FORMATS
from keras_restore.inference import engines, load, open_predictor, read_card, shipped_models
from keras_restore.machine import has_bfloat16

ENGINES = ("keras", "saved_model", "litert", "openvino")
INT8 = FORMATS["int8"].file


def engine_of(name):
    """Skips where the engine is not installed."""
    engine = next(engine for engine in engines.ENGINES if engine.NAME == name)
    for module in engine.NEEDS:
        pytest.importorskip(module)
    return name


def test_the_vectors_are_of_the_shipped_weights():
    assert set(vectors.read()) == set(shipped_models())


@pytest.mark.parametrize("model", vectors.models())
@pytest.mark.parametrize("engine", ENGINES)
def test_engines(model, engine):
    predictor = open_predictor(model, engine_of(engine))
    for name, sigma in vectors.pictures(model):
        expected = vectors.expected(model, name)
        restored = vectors.restored(predictor, vectors.path(name), sigma, tile=96)
        np.testing.assert_allclose(restored, expected, rtol=0, atol=vectors.FLOAT32)


@pytest.mark.parametrize("model", vectors.models())
def test_bfloat16(model):
    engine_of("openvino")
    if not has_bfloat16():
        pytest.skip("this processor has no bfloat16")
    predictor = open_predictor(model, precision="bfloat16")
    errors = [
        vectors.restored(predictor, vectors.path(name), sigma, tile=96)
        - vectors.expected(model, name)
        for name, sigma in vectors.pictures(model)
    ]
    power = np.mean(np.concatenate([error.ravel() for error in errors]) ** 2)
    assert -10 * np.log10(power) > vectors.BFLOAT16


@pytest.mark.parametrize(
    "model", [name for name in vectors.models() if INT8 in read_card(shipped_models()[name]).files]
)
@pytest.mark.parametrize("engine", ("litert", "openvino"))
def test_int8(model, engine):
    folder = shipped_models()[model]
    predictor = open_predictor(folder / INT8, engine_of(engine))
    differences = [
        vectors.restored(predictor, vectors.path(name), sigma, tile=96)
        - vectors.expected(model, name)
        for name, sigma in vectors.pictures(model)
    ]
    largest = max(np.abs(difference).max() for difference in differences)
    on_noise = read_card(folder).files[INT8]["largest_difference"]
    assert vectors.FLOAT32 < largest < vectors.INT8.get(model, 1.0) * on_noise


@pytest.mark.parametrize("model", vectors.models())
def test_onnx(model, tmp_path):
    pytest.importorskip("tf2onnx", reason="needs `pip install keras-restore[onnx]`")
    path, row = FORMATS[engine_of("onnx")].export(load(model), tmp_path)
    assert row["largest_difference"] < vectors.FLOAT32
    predictor = open_predictor(path)
    predictor.card = read_card(shipped_models()[model])
    for name, sigma in vectors.pictures(model):
        expected = vectors.expected(model, name)
        restored = vectors.restored(predictor, vectors.path(name), sigma, tile=96)
        np.testing.assert_allclose(restored, expected, rtol=0, atol=vectors.FLOAT32)


@pytest.mark.parametrize("model", vectors.models())
def test_the_command(model, tmp_path):
    pictures = vectors.pictures(model)
    arguments = ["restore", f"--model={model}", f"--output={tmp_path}", "--tile=96", "--input"]
    arguments += [str(vectors.path(name)) for name, _ in pictures]
    arguments += [f"--sigma={sigma:g}" for sigma in {sigma for _, sigma in pictures} - {None}]
    assert main(arguments) == 0
    for name, _ in pictures:
        restored = vectors.samples(tmp_path / f"{name}.png")
        np.testing.assert_allclose(restored, vectors.expected(model, name), rtol=0, atol=1 / 255)


def test_other_weights_are_told_from_those_of_the_vectors(tmp_path, monkeypatch):
    (tmp_path / "photo").mkdir()
    (tmp_path / "photo" / "model.keras").write_bytes(b"other weights")
    monkeypatch.setattr(vectors, "shipped_models", lambda: {"photo": tmp_path / "photo"})
    with pytest.raises(ValueError, match=r"of other weights. Run: python"):
        vectors.read()
