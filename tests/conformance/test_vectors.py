"""Every engine and the command give the expected pictures of every shipped model."""

import conformance_vectors as vectors
import numpy as np
import pytest

from keras_restore.cli import main
from keras_restore.inference import open_predictor, shipped_models

ENGINES = ("model.keras", "saved_model", "model.tflite")
TILES = (None, 96)


def test_the_vectors_are_of_the_shipped_weights():
    assert set(vectors.read()) == set(shipped_models())


@pytest.mark.parametrize("model", vectors.models())
@pytest.mark.parametrize("file", ENGINES)
def test_engines(model, file):
    predictor = open_predictor(shipped_models()[model] / file)
    for name, sigma in vectors.pictures(model):
        expected = vectors.expected(model, name)
        for tile in TILES:
            restored = vectors.restored(predictor, vectors.path(name), sigma, tile)
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
