"""Recipes under the JAX backend: same end after a kill, and the files that TensorFlow writes."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import without_export
from PIL import Image

from keras_restore import export, training

pytest.importorskip("jax", reason="needs jax: pip install 'keras-restore[jax]'")

RECIPE = pathlib.Path(__file__).parents[2] / "recipes" / "denoise.py"
ENVIRONMENT = {**os.environ, "KERAS_BACKEND": "jax"}
SIZES = (
    *("--depth=3", "--filters=4", "--ema=0.9", "--steps=60", "--batch_size=2", "--patch_size=24"),
    *("--log_every=2", "--eval_every=20"),
)


def call(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 40, 40), np.uint8)
    for i, picture in enumerate(pixels):
        Image.fromarray(picture).save(folder / f"{i}.png")
    return [*SIZES, f"--train_dir={folder}", f"--val_dir={folder}"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, arguments):
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    done = call(RECIPE, *arguments, f"--workdir={path}")
    assert done.returncode == 0, done.stderr
    return path


def log(path):
    settings = json.loads((path / "settings.json").read_text())["settings"]
    rows = training.Workdir(path, settings).read_log()
    drop = ("seconds", "images_per_second")
    return [{k: v for k, v in row.items() if k not in drop} for row in rows]


def weights(path):
    return keras.saving.load_model(path / "model.keras").get_weights()


def test_killed_and_continued_run_ends_bit_equal(tmp_path, arguments, undisturbed):
    path = tmp_path / "run"
    command = [without_export.__file__, str(RECIPE), *arguments, f"--workdir={path}"]
    process = subprocess.Popen(
        [sys.executable, *command],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (path / "checkpoint.weights.h5").exists() and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (path / "model.keras").exists(), "the run was over before it was killed"
    done = call(*command)
    assert done.returncode == 0, done.stderr
    assert "Continuing" in done.stdout
    for one, two in zip(weights(path), weights(undisturbed), strict=True):
        np.testing.assert_array_equal(one, two)
    assert log(path) == log(undisturbed)


def test_learns_measures_and_draws(undisturbed):
    rows = log(undisturbed)
    assert [row["step"] for row in rows] == list(range(2, 61, 2))
    assert np.mean([row["loss"] for row in rows[-5:]]) < rows[0]["loss"]
    (score,) = [name for name in rows[-1] if name.endswith("gray_sigma25_psnr")]
    assert [row["step"] for row in rows if score in row] == [20, 40, 60]
    assert (undisturbed / "curves.png").stat().st_size > 10_000
    assert len(list((undisturbed / "pictures").iterdir())) == 3


def test_leaves_the_files_that_tensorflow_writes(tmp_path, undisturbed):
    card = json.loads((undisturbed / "card.json").read_text())
    assert card["settings"]["backend"] == "jax"
    model = keras.saving.load_model(undisturbed / "model.keras")
    expected = export.write_artifacts(model, tmp_path)
    assert set(card["files"]) == set(expected.files)
    for name in expected.files:
        assert (undisturbed / name).exists()
        assert card["files"][name]["bytes"] == pytest.approx(
            expected.files[name]["bytes"], rel=0.01
        )
        assert export.verify(model, undisturbed / name) < 1e-5
    assert not [p.name for p in undisturbed.iterdir() if p.name.endswith(".partial")]


@pytest.mark.parametrize(
    ("argument", "environment", "message"),
    [
        ("--placement=step", {}, "cannot run degradations"),
        ("--smoke", {"KERAS_BACKEND": "tensorflow"}, "backend (there 'jax', now None)"),
    ],
)
def test_refused(tmp_path, arguments, undisturbed, argument, environment, message):
    path = undisturbed if environment else tmp_path / "run"
    done = call(RECIPE, *arguments, argument, f"--workdir={path}", **environment)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert message in done.stderr
    assert not (tmp_path / "run" / "log.csv").exists()
