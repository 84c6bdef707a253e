"""Every recipe runs with `--smoke` in seconds, and refuses what it must before work starts."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

RECIPES = pathlib.Path(__file__).parents[2] / "recipes"


def call(recipe, *arguments):
    command = [sys.executable, str(RECIPES / f"{recipe}.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def smoke_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("smoke") / "run"
    return path, call("denoise", "--smoke", f"--workdir={path}", "--depth=3", "--channels=3")


def test_smoke_leaves_every_artefact(smoke_run):
    path, done = smoke_run
    assert done.returncode == 0, done.stderr
    names = {p.name for p in path.iterdir()}
    assert {
        *("model.keras", "saved_model", "model.tflite", "card.json"),
        *("log.csv", "curves.png", "pictures", "settings.json"),
    } <= names
    assert not [name for name in names if name.startswith(("unfinished", ".partial"))]


def test_other_settings_are_named_and_nothing_is_touched(smoke_run):
    path, _ = smoke_run
    before = {p: p.stat().st_mtime_ns for p in path.rglob("*")}
    done = call("denoise", "--smoke", f"--workdir={path}", "--depth=3", "--sigma=30")
    assert done.returncode == 1
    assert "sigma" in done.stderr and "channels" in done.stderr and "Traceback" not in done.stderr
    assert {p: p.stat().st_mtime_ns for p in path.rglob("*")} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sigmma=25"], "sigmma"),
        (["--smoke", "--sigma=-1", "--workdir={new}"], "sigma"),
        (["--smoke", "--sigma=loud", "--workdir={new}"], "sigma"),
        (["--workdir={new}"], "--train_dir"),
        (["--smoke"], "--workdir"),
        (["--smoke", "--workdir={file}/run"], "file"),
        (["--train_dir={empty}", "--workdir={new}"], "no usable image"),
        (["--train_dir={absent}", "--workdir={new}"], "absent"),
        (["--train_dir={small}", "--workdir={new}"], "smaller than 80"),
        (["denoise"], "denoise"),
    ],
)
def test_bad_input_is_refused_before_work(tmp_path, arguments, message):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "small").mkdir()
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(tmp_path / "small" / "a.png")
    places = {n: tmp_path / n for n in ("new", "file", "empty", "absent", "small")}
    done = call("denoise", *[argument.format(**places) for argument in arguments])
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new" / "log.csv").exists()


def test_demo_smoke(tmp_path):
    shipped = RECIPES.parent / "savedmodels" / "xdncnn_gray_sigma25" / "model.keras"
    if not shipped.exists():
        pytest.skip("the shipped model is not trained yet")
    done = call("demo", "--smoke", f"--workdir={tmp_path / 'demo'}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo_shipped.png").exists()
