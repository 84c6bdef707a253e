"""`keras-restore models` and `keras-restore doctor`."""

import importlib
import importlib.util
import json

import keras
import numpy as np
import pytest

from keras_restore import inference
from keras_restore.cli import main
from keras_restore.commands import doctor_command
from keras_restore.inference import shipped_models


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    folder = tmp_path / "savedmodels" / "my_model"
    folder.mkdir(parents=True)
    (folder / "model.keras").write_bytes(b"")
    card = {
        "task": "gray denoising",
        "channels": 1,
        "halo": 41,
        "scores": {"Set12": {"psnr": 30.25}},
    }
    (folder / "card.json").write_text(json.dumps(card))
    (tmp_path / "savedmodels" / "unfinished").mkdir()
    module = importlib.import_module("keras_restore.inference.shipped_models")
    monkeypatch.setattr(module, "SHELVES", (folder.parent,))
    return folder


def test_models(shelf, capsys):
    assert main(["models"]) == 0
    output = capsys.readouterr().out
    for text in ("my_model", "gray denoising", "41 pixels", "Set12", "30.25"):
        assert text in output
    assert "unfinished" not in output
    assert main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["my_model"]["halo"] == 41


def test_names_and_paths(shelf, tmp_path):
    assert inference.find_model("my_model") == shelf
    assert inference.find_model(shelf / "model.keras") == shelf / "model.keras"
    assert inference.read_card(shelf / "model.keras").geometry["halo"] == 41
    assert inference.read_card(shelf / "saved_model") == inference.read_card(shelf)
    with pytest.raises(ValueError, match="Shipped: my_model"):
        inference.load("your_model")
    with pytest.raises(ValueError, match="published checkpoint.*import"):
        inference.load("your_model.mat")
    with pytest.raises(ValueError, match="not a card"):
        (shelf / "card.json").write_text("{")
        inference.read_card(shelf)


def test_names_of_before():
    module = importlib.import_module("keras_restore.inference.shipped_models")
    shipped = shipped_models()
    assert not set(module.SUCCESSORS) & set(shipped)
    for before, now in module.SUCCESSORS.items():
        assert inference.find_model(before) == shipped[now]


def test_not_a_litert_file(tmp_path):
    (tmp_path / "text.tflite").write_text("this is no model at all, but it is long enough")
    with pytest.raises(ValueError, match="text.tflite"):
        inference.restore(np.zeros((4, 4)), tmp_path / "text.tflite")


def test_doctor(shelf, capsys, monkeypatch):
    found = importlib.util.find_spec

    def find_spec(name, *arguments):
        return None if name in ("jax", "tensorflow", "keras") else found(name, *arguments)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert "pip install jax" in output and f"numpy                {np.__version__}" in output
    assert "Shipped models: my_model" in output and "LiteRT files only" in output
    assert shipped_models() == {"my_model": shelf}
    assert "Engines" not in output


def test_doctor_measures_the_engines(capsys, monkeypatch):
    monkeypatch.setattr(doctor_command, "SIDE", 16)
    assert main(["doctor"]) == 0
    said, _, measured = capsys.readouterr().out.partition("Engines, milliseconds per megapixel")
    assert f"Keras backend: {keras.backend.backend()}\n" in said
    lines = measured.splitlines()
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in lines[1:] if line[:2] == "  "}
    for engine in ("keras", "litert", "saved_model"):
        assert float(rows[engine, "float32"][0].replace(",", "")) > 0
    assert rows["onnx", "float32"][:3] == ["not", "measured:", "no"]
    assert ("openvino", "bfloat16") in rows
