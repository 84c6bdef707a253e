"""The recipe of Liu et al.: every artefact with `--smoke`, and clear refusals."""

import json
import pathlib
import time

import forked
import keras
import numpy as np
import pytest
from PIL import Image

RECIPE = pathlib.Path(__file__).parents[2] / "recipes" / "joint_vision.py"


def call(*arguments):
    return forked.call(RECIPE, *arguments)


@pytest.fixture(scope="module")
def segmentation_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("joint") / "run"
    done = call("--smoke", "--task=segmentation", f"--workdir={path}")
    assert done.returncode == 0, done.stderr
    return path


def test_smoke_leaves_every_artifact(segmentation_run):
    names = {str(p.relative_to(segmentation_run)) for p in segmentation_run.rglob("*")}
    joint = ("model.keras", "saved_model", "model.tflite", "card.json", "log.csv", "curves.png")
    assert {
        *("results.md", "results.csv", "results.json", "results.png", "pictures/sigma30.png"),
        *("vision/model.keras", "separate_sigma30/model.keras", "settings.json"),
        *(f"joint_sigma30/{name}" for name in joint),
    } <= names
    rows = json.loads((segmentation_run / "results.json").read_text())["rows"]
    assert [row["method"] for row in rows] == ["clean", "noisy", "separate", "joint"]
    table = (segmentation_run / "results.md").read_text()
    assert f"| 30 | joint | {100 * rows[-1]['mean_iou']:.2f} |" in table


@pytest.mark.slow
def test_cross_task_by_a_finished_run_of_the_other_task(segmentation_run, tmp_path):
    path = tmp_path / "run"
    done = call("--smoke", f"--workdir={path}", f"--cross_run={segmentation_run}")
    assert done.returncode == 0, done.stderr
    rows = json.loads((path / "results.json").read_text())["rows"]
    assert [row["method"] for row in rows] == ["clean", "noisy", "separate", "joint", "cross-task"]
    assert all({"top1", "top5"} <= set(row) for row in rows)


@pytest.mark.slow
def test_killed_recipe_continues_bit_equal(segmentation_run, tmp_path):
    path = tmp_path / "run"
    arguments = ("--smoke", "--task=segmentation", f"--workdir={path}")
    process = forked.start(RECIPE, *arguments)
    checkpoint = path / "joint_sigma30" / "checkpoint.weights.h5"
    while not checkpoint.exists() and process.is_alive():
        time.sleep(0.02)
    process.kill()
    process.join()
    assert not (path / "results.md").exists(), "the run was over before it was killed"
    done = call(*arguments)
    assert done.returncode == 0, done.stderr
    for stage in ("vision", "separate_sigma30", "joint_sigma30"):
        a, b = (
            keras.saving.load_model(run / stage / "model.keras", compile=False)
            for run in (segmentation_run, path)
        )
        for expected, found in zip(a.weights, b.weights, strict=True):
            np.testing.assert_array_equal(found, expected)


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    root = tmp_path_factory.mktemp("places")
    color, label = np.zeros((20, 20, 3), np.uint8), np.full((20, 20), 11, np.uint8)
    for name in ("a", "b"):
        for part in ("train", "val", "alone"):
            save(root / "maps" / part / f"{name}.png", color)
            save(root / "maps" / f"{part}annot" / f"{name}.png", label)
        save(root / "classes" / name / "0.png", color)
    (root / "maps" / "aloneannot" / "b.png").unlink()
    (root / "empty" / "a").mkdir(parents=True)
    save(root / "empty" / "b" / "0.png", color)
    image = keras.Input((20, 20, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(image)
    keras.Model(image, keras.layers.Dense(3)(pooled)).save(root / "wrong_size.keras")
    image = keras.Input((None, None, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(image)
    keras.Model(image, keras.layers.Dense(7)(pooled)).save(root / "wrong_classes.keras")
    return root


MAPS = ["--task=segmentation", "--train_dir={root}/maps/train", "--val_dir={root}/maps/val"]


REFUSED = [
    (["--smoke", "--lambda=-1"], "--lambda must be"),
    (["--smoke", "--lambda=nan"], "--lambda must be"),
    (["--smoke", "--sigma=0,30"], "--sigma must be"),
    (["--smoke", "--sigma=loud"], "--sigma must be"),
    (["--smoke", "--filters=3"], "--filters must be even"),
    (["--vision_steps=150"], "--vision_steps must be a multiple"),
    (["--smoke", "--vision=VGG17"], "VGG17"),
    (["--smoke", "--cross_run={root}/absent"], "--cross_run must hold"),
    (["--smoke", "--vision={root}/wrong_size.keras"], "RGB images of 24 x 24"),
    (["--smoke", "--vision={root}/wrong_classes.keras"], "scores of the 3 classes"),
    (["--train_dir={root}/classes"], "--val_dir"),
    (["--train_dir={root}/empty", "--val_dir={root}/empty"], "no image of the class"),
    (MAPS, "--num_classes"),
    ([*MAPS, "--num_classes=11"], "from 0 to 10. Received: [11]"),
    ([*MAPS[:2], "--val_dir={root}/maps/alone", "--num_classes=12"], "partner"),
]


@pytest.mark.parametrize(("case", "message"), REFUSED)
def test_bad_input_is_refused_before_work(tmp_path, places, case, message):
    arguments = [argument.format(root=places) for argument in case]
    done = call(*arguments, f"--workdir={tmp_path / 'new'}")
    assert done.returncode == 1
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert message in error
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("log.csv"))
