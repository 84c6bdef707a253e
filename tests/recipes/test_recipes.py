"""Every recipe runs with `--smoke` in seconds, and refuses what it must before work starts."""

import csv
import json
import pathlib
import re
import subprocess
import sys
import time

import forked
import numpy as np
import pytest
from PIL import Image

import keras_restore

RECIPES = pathlib.Path(__file__).parents[2] / "recipes"


def call(recipe, *arguments):
    return forked.call(RECIPES / f"{recipe}.py", *arguments)


def call_fresh(recipe, *arguments):
    """In a process that begins with nothing, as a user's does."""
    command = [sys.executable, str(RECIPES / f"{recipe}.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def smoke_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("smoke") / "run"
    return path, call_fresh("denoise", "--smoke", f"--workdir={path}", "--depth=3", "--channels=3")


def test_smoke_leaves_every_artifact(smoke_run):
    path, done = smoke_run
    assert done.returncode == 0, done.stderr
    assert beside_progress(done.stderr) == []
    names = {p.name for p in path.iterdir()}
    assert {
        *("model.keras", "saved_model", "model.tflite", "card.json"),
        *("log.csv", "curves.png", "pictures", "settings.json"),
    } <= names
    assert not [name for name in names if name.endswith(".partial")]


def beside_progress(stderr):
    """The lines of standard error that are not the progress bar's: the libraries log nothing."""
    return [line for line in re.split("[\r\n]", stderr) if line.strip() and "step" not in line]


def save_pictures(folder, count=2, size=(40, 40), seed=0):
    generator = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for i in range(count):
        pixels = generator.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


SLOW = {"marks": pytest.mark.slow}


@pytest.mark.parametrize(
    ("recipe", "arguments", "task", "measure"),
    [
        ("super_resolve", ["--scale=2,3"], "super-resolution x2,3 of the luma", "luma_x3"),
        pytest.param(
            *("super_resolve", ["--model=srresnet", "--scale=2"], "super-resolution x2", "rgb_x2"),
            **SLOW,
        ),
        pytest.param(
            *("deblock", ["--quality=5,99", "--filters=4"], "JPEG deblocking of the luma"),
            "luma_q40",
            **SLOW,
        ),
        pytest.param(
            *("deblur", ["--kernel=motion", "--length=9", "--model=red10", "--filters=4"]),
            *("deblurring, motion_9_45 kernel", "blur_motion_9_45"),
            **SLOW,
        ),
        (
            *("denoise", ["--model=fxdncnn", "--depth=3", "--sigma=0,75", "--placement=step"]),
            *("gray denoising", "gray_sigma50"),
        ),
        ("photo", ["--depth=3", "--filters=4"], "denoising of photos", "color_sigma25"),
        pytest.param(
            *("derain", ["--filters=4", "--blending=screen"], "deraining", "luma_rain"), **SLOW
        ),
        pytest.param(
            *("inpaint", ["--model=denoising_unet", "--filters=8"], "removal of text", "text_10"),
            **SLOW,
        ),
        (
            *("general", ["--depth=3", "--filters=4"]),
            *("denoising, super-resolution and deblocking of the luma", "luma_q10"),
        ),
    ],
)
def test_smoke_of_every_task(tmp_path, recipe, arguments, task, measure):
    path = tmp_path / "run"
    done = call(recipe, "--smoke", f"--workdir={path}", *arguments)
    assert done.returncode == 0, done.stderr
    card = json.loads((path / "card.json").read_text())
    assert card["task"] == task and card["degradation"]["registered_name"]
    assert ("sigma" in card) == (recipe == "denoise")
    assert card["scores"][f"synthetic_{measure}"]["psnr"] > 5
    assert (path / "model.tflite").exists() and (path / "saved_model").is_dir()


def test_any_recipe_takes_pairs(tmp_path):
    generator = np.random.default_rng(0)
    for i in range(2):
        pixels = generator.integers(50, 200, (40, 40, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{i}_mean.png")
        Image.fromarray(pixels + 20).save(tmp_path / f"{i}_real.png")
    done = call(
        *("denoise", "--smoke", "--depth=3", "--filters=4", "--channels=3"),
        *(f"--pairs_dir={tmp_path}", f"--workdir={tmp_path / 'run'}"),
    )
    assert done.returncode == 0, done.stderr
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert card["degradation"] == "given pairs" and "sigma" not in card
    assert card["training_images"] == 2
    # The difference of a pair is 20 everywhere, not noise of sigma 25.
    with open(tmp_path / "run" / "log.csv", newline="") as file:
        psnr = float(next(csv.DictReader(file))["psnr"])
    assert psnr == pytest.approx(20 * np.log10(255 / 20), abs=1)


def test_given_pairs_train_and_measure(tmp_path):
    for place, seed in (("train", 0), ("val", 1)):
        save_pictures(tmp_path / place / "clean", seed=seed)
        save_pictures(tmp_path / place / "rainy", seed=seed + 2)
    done = call(
        *("derain", "--smoke", "--filters=4", f"--pairs_dir={tmp_path / 'train'}"),
        *(f"--val_dir={tmp_path / 'val'}", f"--workdir={tmp_path / 'run'}"),
    )
    assert done.returncode == 0, done.stderr
    score = json.loads((tmp_path / "run" / "card.json").read_text())["scores"]["val_rgb_rain"]
    pairs = zip(
        *(sorted((tmp_path / "val" / f).iterdir()) for f in ("clean", "rainy")), strict=True
    )
    difference = [np.asarray(Image.open(a), float) - np.asarray(Image.open(b)) for a, b in pairs]
    expected = np.mean([10 * np.log10(255**2 / np.mean(d**2)) for d in difference])
    assert score["psnr_degraded"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("recipe", "arguments"),
    [
        ("denoise", ["--model=xnet", "--depth=3"]),
        pytest.param("general", ["--depth=3", "--ema=0.9"], **SLOW),
    ],
)
def test_killed_and_continued_recipe_ends_bit_equal(tmp_path, recipe, arguments):
    pictures = save_pictures(tmp_path / "pictures")
    arguments = [
        *arguments,
        *("--filters=4", f"--train_dir={pictures}", f"--val_dir={pictures}"),
        *("--steps=60", "--batch_size=2", "--patch_size=24", "--log_every=2", "--eval_every=20"),
    ]
    undisturbed, continued = tmp_path / "undisturbed", tmp_path / "continued"
    done = call(recipe, *arguments, f"--workdir={undisturbed}")
    assert done.returncode == 0, done.stderr
    process = forked.start(RECIPES / f"{recipe}.py", *arguments, f"--workdir={continued}")
    while not (continued / "checkpoint.weights.h5").exists() and process.is_alive():
        time.sleep(0.02)
    process.kill()
    process.join()
    assert not (continued / "model.keras").exists(), "the run was over before it was killed"
    done = call(recipe, *arguments, f"--workdir={continued}")
    assert done.returncode == 0, done.stderr
    assert "Continuing" in done.stdout
    one, two = (keras_restore.load(p / "model.keras") for p in (undisturbed, continued))
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_preset_sets_what_the_command_line_does_not(tmp_path):
    done = call(
        *("denoise", "--preset=dncnn_b", "--smoke", "--filters=4", "--depth=3"),
        *("--weight_decay=0.01", f"--workdir={tmp_path / 'run'}"),
    )
    assert done.returncode == 0, done.stderr
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())["settings"]
    assert settings["optimizer"] == "sgd" and settings["loss"] == "half_summed_square"
    assert settings["sigma"] == ["0", "55"]
    assert settings["depth"] == 3 and settings["weight_decay"] == 0.01
    assert settings["steps"] == 4


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
        (["--smoke", "--val_dir={damaged}", "--workdir={new}"], "no usable image"),
        (["--train_dir={absent}", "--workdir={new}"], "absent"),
        (["--train_dir={small}", "--workdir={new}"], "smaller than 80"),
        (["denoise"], "denoise"),
        (["--preset=dncnn"], "cdncnn_b|denoising_unet|dncnn_b|dncnn_s|fast|red30|xdncnn"),
        (["--smoke", "--model=red10", "--depth=4", "--workdir={new}"], "--depth is no setting"),
        (["--smoke", "--model=xnet", "--workdir={new}"], "xnet needs --depth"),
        (["--smoke", "--start_from={absent}", "--workdir={new}"], "--start_from"),
    ],
)
def test_bad_input_is_refused_before_work(tmp_path, arguments, message):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "small").mkdir()
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "a.png").write_text("no picture")
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(tmp_path / "small" / "a.png")
    places = {n: tmp_path / n for n in ("new", "file", "empty", "absent", "small", "damaged")}
    done = call("denoise", *[argument.format(**places) for argument in arguments])
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new" / "log.csv").exists()


@pytest.mark.parametrize(
    ("recipe", "arguments", "message"),
    [
        ("super_resolve", ["--smoke", "--scale=1.5"], "--scale"),
        ("super_resolve", ["--scale=2,4", "--patch_size=50"], "multiple of 12"),
        ("super_resolve", ["--model=srresnet", "--scale=2,4"], "scale"),
        ("super_resolve", ["--model=srresnet", "--scale=4", "--patch_size=50"], "multiple"),
        ("deblock", ["--smoke", "--quality=0"], "quality"),
        ("deblur", ["--smoke", "--kernel=round"], "disk, motion, gaussian"),
        ("deblur", ["--smoke", "--kernel={kernels}", "--kernel_name=k9"], "k1"),
        ("derain", ["--pairs_dir={pairs}"], "Without one: 1"),
        ("derain", ["--pairs_dir={pairs}", "--train_dir={pairs}"], "not both"),
        ("inpaint", ["--smoke", "--font_size=2"], "font_size"),
    ],
)
def test_bad_input_of_the_tasks(tmp_path, recipe, arguments, message):
    np.savez(tmp_path / "kernels.npz", k1=np.ones((3, 3)) / 9)
    save_pictures(tmp_path / "pairs" / "clean", count=2)
    save_pictures(tmp_path / "pairs" / "rainy", count=1)
    places = {n: tmp_path / n for n in ("pairs", "absent")} | {"kernels": tmp_path / "kernels.npz"}
    done = call(recipe, f"--workdir={tmp_path / 'new'}", *(a.format(**places) for a in arguments))
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new" / "log.csv").exists()


def test_demo_smoke(tmp_path):
    shipped = RECIPES.parent / "savedmodels" / "xdncnn_gray_sigma25" / "model.keras"
    if not shipped.exists():
        pytest.skip("the shipped model is not trained yet")
    done = call_fresh("demo", "--smoke", f"--workdir={tmp_path / 'demo'}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo_shipped.png").exists()
    assert beside_progress(done.stderr) == []
