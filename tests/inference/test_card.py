"""The card: what is written is read, old cards too; shipped ones are as code writes them."""

import importlib.util
import json

import keras
import numpy as np
import pytest

import keras_restore
from keras_restore import models
from keras_restore.inference import Card, read_card, shipped_models, write_card
from keras_restore.inference.predictor import geometry_from

NAMES = sorted(shipped_models())


def test_what_is_written_is_read():
    card = Card(
        task="denoising",
        sigma=[0, 55],
        license="MIT",
        geometry={"channels": 1, "scale": 1, "multiple": 1, "halo": None},
        more={"command": "python recipes/denoise.py", "settings": {"seed": 0}},
    )
    values = json.loads(json.dumps(card.to_json()))
    assert values["halo"] is None and values["command"] and "upscale" not in values
    assert Card.from_json(values) == card
    assert card.levels() == (0.0, 55.0)


def test_a_card_is_for_readers_too(tmp_path):
    write_card(Card(task="débruitage"), tmp_path)
    assert '  "task": "débruitage"' in (tmp_path / "card.json").read_text(encoding="utf-8")


def test_a_card_of_before():
    card = Card.from_json(
        {
            "degradation": "GaussianNoise(sigma=25.0)",
            "licence": "Apache-2.0",
            "data_licence": "none stated",
            "channels": 3,
            "code": "commit 22c5720",
        }
    )
    assert (card.license, card.data_license) == ("Apache-2.0", "none stated")
    assert card.geometry == {"channels": 3} and card.more == {"code": "commit 22c5720"}
    assert card.levels() is None
    assert card.to_json()["degradation"] == "GaussianNoise(sigma=25.0)"


@pytest.mark.parametrize(
    "field, value, must",
    [
        ("sigma", {"psnr": 30.1}, "a number or a pair of numbers"),
        ("sigma", [], "a number or a pair of numbers"),
        ("sigma", [1, 2, 3], "a number or a pair of numbers"),
        ("sigma", "25", "a number or a pair of numbers"),
        ("task", 7, "text"),
        ("color", ["luma"], "text"),
        ("upscale", 2.5, "a whole number"),
        ("scores", [], "an object"),
        ("architecture", "dncnn", "an object"),
        ("degradation", 3, "an object or text"),
    ],
)
def test_a_field_that_is_not_what_it_must_be(field, value, must, tmp_path):
    (tmp_path / "card.json").write_text(json.dumps({field: value}))
    with pytest.raises(ValueError, match=f"`{field}` must be {must}. Received: {field}="):
        read_card(tmp_path)


@pytest.mark.parametrize("field, value", [("channels", 0), ("scale", "2"), ("halo", -1)])
def test_a_geometry_that_no_model_has(field, value):
    geometry = {"channels": 1, "scale": 1, "multiple": 1, "halo": None}
    assert geometry_from("model.tflite", geometry) == geometry | {"frames": 1}
    with pytest.raises(ValueError, match=f"The {field} of 'model.tflite' must be a whole number"):
        geometry_from("model.tflite", geometry, {field: value})
    with pytest.raises(ValueError, match="must be an object"):
        geometry_from("model.tflite", geometry, [field])


@pytest.fixture
def write_cards(repository):
    path = repository / "savedmodels" / "write_cards.py"
    spec = importlib.util.spec_from_file_location("write_cards", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_card_is_as_code_writes_it(name, write_cards):
    folder = shipped_models()[name]
    card = write_cards.complete(read_card(folder), name, write_cards.MODELS[name])
    values = json.loads((folder / "card.json").read_text())
    assert json.loads(json.dumps(card.to_json())) == values


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_card_tells_the_architecture_and_the_degradation(name):
    model = keras_restore.load(name)
    arguments = dict(model.card.architecture)
    rebuilt = getattr(models, arguments.pop("builder"))(**arguments)
    assert rebuilt.count_params() == model.card.parameters
    rebuilt.set_weights(model.get_weights())
    assert [layer.name for layer in rebuilt.layers] == [layer.name for layer in model.layers]
    degradation = keras.saving.deserialize_keras_object(model.card.degradation)
    told = [0, 75] if model.card.geometry.get("takes_sigma") else None
    expected = getattr(degradation, "sigma", told)
    assert np.array_equal(model.card.sigma, expected)
