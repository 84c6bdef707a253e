"""Layer, model, degradation and metric of another package go wherever ours go."""

import csv
import json
import subprocess
import sys

import keras
import numpy as np
import outside_parts
import pytest
import tensorflow as tf
from PIL import Image

import keras_restore
from keras_restore import data, degradations, export, metrics, protocols, recipe, training
from keras_restore.evaluation import evaluate_models
from keras_restore.export.lowering import primitives
from keras_restore.inference import Card, open_predictor


@pytest.fixture(scope="module")
def degradation():
    return degradations.Sequence([outside_parts.Haze((0.1, 0.4)), degradations.GaussianNoise(10)])


@pytest.fixture(scope="module")
def protocol(degradation):
    return protocols.Protocol(
        "haze",
        "dehazing",
        protocols.PerImage(degradation),
        "gray",
        metrics=(outside_parts.MeanError, metrics.PSNR),
    )


@pytest.fixture(scope="module")
def trained(degradation, protocol, tmp_path_factory):
    """The model, its result and its workdir after a few steps."""
    keras.utils.set_random_seed(0)
    workdir = training.Workdir(tmp_path_factory.mktemp("runs") / "outside", {"steps": 12})
    model = outside_parts.gated_net()
    result = training.train(
        model,
        data.synthetic_images(4, 40),
        degradation,
        workdir=workdir,
        optimizer=keras.optimizers.Adam(1e-2),
        loss="mse",
        steps=12,
        batch_size=4,
        patch_size=24,
        seed=0,
        evaluations=[training.Evaluation("held_out", data.synthetic_images(2, 40), protocol)],
        log_every=6,
        eval_every=6,
    )
    return model, result, workdir


@pytest.fixture(scope="module")
def folder(trained, degradation, tmp_path_factory):
    model, result, _ = trained
    folder = tmp_path_factory.mktemp("models") / "gated"
    card = Card(
        task="dehazing",
        degradation=keras.saving.serialize_keras_object(degradation),
        scores=result.scores,
    )
    export.write_artifacts(model, folder, card)
    return folder


def test_trains_and_is_logged_by_the_metric(trained):
    _, result, workdir = trained
    scores = result.scores["held_out_haze"]
    assert 0 < scores["mean_error"] < scores["mean_error_degraded"]
    rows = workdir.read_log()
    assert [row["step"] for row in rows] == [6, 12]
    assert rows[-1]["held_out_haze_mean_error"] == pytest.approx(scores["mean_error"], rel=1e-6)


def test_is_tiled_by_its_own_receptive_field(trained):
    model = trained[0]
    assert keras_restore.graph.receptive_field(model).halo == 1 + 2 + 1
    image = np.random.default_rng(0).random((37, 45, 1), np.float32)
    whole = np.asarray(model(image[None]))[0]
    np.testing.assert_allclose(keras_restore.restore(image, model, tile=10), whole, atol=1e-6)


def test_is_evaluated_and_reported_by_its_own_metric(folder, protocol, tmp_path, capsys):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name, clean in data.synthetic_images(3, 40, seed=7):
        pixels = data.to_uint8(clean)[..., 0]
        Image.fromarray(pixels).save(pictures / f"{name}.png")
    files = {kind: tmp_path / f"a.{kind}" for kind in ("json", "csv", "html")}
    measured, degraded = evaluate_models(
        [str(folder / "model.keras"), "degraded"],
        [str(pictures)],
        [protocol],
        json_path=files["json"],
        csv_path=files["csv"],
        report_path=files["html"],
    )
    ours, before = measured.mean["mean_error"], degraded.mean["mean_error"]
    assert ours < before and f"+{before - ours:.2f}" in capsys.readouterr().out
    (first, _) = json.loads(files["json"].read_text())["measurements"]
    assert first["protocol"]["metrics"] == ["mean_error", "psnr"]
    config = first["protocol"]["degradation"]["config"]["degradations"][0]
    assert config["class_name"] == "Haze" and config["config"] == {"strength": [0.1, 0.4]}
    with open(files["csv"], newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["mean_error"]) == pytest.approx(measured.rows[0]["mean_error"])
    assert "Error [levels]" in files["html"].read_text()


def test_a_study_ranks_by_it(trained):
    model, result, workdir = trained
    network = recipe.StudyNetwork("gated", outside_parts.gated_net, {})
    scores = dict(result.scores["held_out_haze"])
    worse = training.Result({"held_out_haze": scores | {"mean_error": 99.0}}, 1.0, 12)
    outcomes = [
        recipe.Outcome(network, workdir, model, each, "held_out_haze", outside_parts.MeanError)
        for each in (worse, result)
    ]
    assert recipe.best_of(outcomes) is outcomes[1]


def test_is_exported_by_its_own_rule(trained, folder):
    image = np.random.default_rng(1).random((1, 21, 30, 1), np.float32)
    expected = np.asarray(trained[0](image))
    for name in ("model.keras", "saved_model", "model.tflite"):
        np.testing.assert_allclose(open_predictor(folder / name)(image), expected, atol=1e-5)
    card = json.loads((folder / "card.json").read_text())
    assert card["halo"] == 4
    restored = keras.saving.deserialize_keras_object(card["degradation"])
    assert restored.get_config()["degradations"]


def test_made_of_known_parts_it_needs_no_rules(tmp_path):
    class Plain(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.filter = keras.layers.DepthwiseConv2D(3, padding="same", dilation_rate=2)

        def call(self, x, training=None):
            assert not training
            return x * keras.ops.sigmoid(self.filter(x))

    inputs = keras.Input((None, None, 1))
    x = keras.layers.Conv2D(4, 3, padding="same")(inputs)
    plain = keras.Model(inputs, keras.layers.Conv2D(1, 1)(Plain(name="gate")(x)))
    assert keras_restore.graph.receptive_field(plain).halo == 1 + 2
    product = export.lower(plain).output.inputs[0]
    assert type(product) is primitives.Multiply
    assert [type(node) for node in product.inputs[1:]] == [primitives.Sigmoid]
    image = np.random.default_rng(2).random((1, 17, 19, 1), np.float32)
    export.tflite(plain, tmp_path / "plain.tflite")
    restored = open_predictor(tmp_path / "plain.tflite")(image)
    np.testing.assert_allclose(restored, plain(image), atol=1e-6)


def test_of_unknown_parts_it_is_refused():
    class Unknown(keras.layers.Layer):
        def call(self, x):
            return tf.roll(x, 3, axis=1)

    inputs = keras.Input((None, None, 1))
    model = keras.Model(inputs, Unknown(name="unknown")(inputs))
    with pytest.raises(ValueError, match="'unknown'.*cannot be lowered"):
        export.lower(model)
    with pytest.raises(ValueError, match="'unknown'.*cannot be derived"):
        keras_restore.graph.receptive_field(model)


def test_runs_in_a_fresh_process(trained, folder, repository, tmp_path):
    image = data.to_uint8(data.synthetic_images(1, 30, seed=3)[0][1])[..., 0]
    Image.fromarray(image).save(tmp_path / "a.png")
    code = """
import sys
sys.path[:0] = sys.argv[1:3]
import outside_parts
from keras_restore.cli import main
sys.exit(main(sys.argv[3:]))
"""
    arguments = ["restore", f"--model={folder / 'model.keras'}", "--tile=16"]
    arguments += [f"--input={tmp_path / 'a.png'}", f"--output={tmp_path / 'b.png'}"]
    arguments = [repository, repository / "tests", *arguments]
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)
    degraded = image[None, ..., None] / np.float32(255)
    expected = np.clip(np.asarray(trained[0](degraded))[0, ..., 0], 0, 1) * 255
    found = np.asarray(Image.open(tmp_path / "b.png"))
    np.testing.assert_allclose(found, expected, atol=0.51)
