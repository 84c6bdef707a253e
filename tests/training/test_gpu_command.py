"""benchmarks/gpu.py: times and trains without TensorFlow, and what it trained is exported."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_restore import inference

pytest.importorskip("jax", reason="needs jax: pip install 'keras-restore[jax]'")

COMMAND = pathlib.Path(__file__).parents[2] / "benchmarks" / "gpu.py"
BLOCKED = (
    "tensorflow",
    "h5py",
    "PIL",
    "skimage",
    "matplotlib",
    "tqdm",
    "pywt",
    "keras_restore.data",
)
TRAIN = (
    *("train", "--images={}/images.npz", "--depth=2", "--filters=4", "--patch_size=16"),
    *("--batch_size=8", "--steps=40", "--save_every=20", "--sigma=10,40", "--precision=float32"),
)
BARE = f"""
import runpy, sys
for name in {BLOCKED}:
    sys.modules[name] = None
command = {str(COMMAND)!r}

def call(*arguments):
    sys.argv = [command, *arguments]
    runpy.run_path(command, run_name="__main__")
"""
SITTINGS = """
root, *train = sys.argv[1:]
call(*train, "--model=fxdncnn", f"--workdir={root}/whole")
for _ in range(2):
    call(*train, "--model=fxdncnn", f"--workdir={root}/parts", "--minutes=0")
call("time", "--networks=dncnn", "--depth=3", "--filters=2", "--batch_size=1",
     "--largest_batch=2", "--patch_size=12", "--steps=1", f"--output={root}/gpu.md")
"""
LAWS = """
import argparse, os
os.environ["KERAS_BACKEND"] = "jax"
import jax, keras, numpy as np
gpu = argparse.Namespace(**runpy.run_path(command))
from keras_restore import models

images = dict(np.load(sys.argv[1] + "/images.npz"))
settings = argparse.Namespace(
    batch_size=512, patch_size=16, sigma=(10.0, 40.0), loss="mae", seed=1, depthwise="own"
)

def training(**changed):
    keras.utils.set_random_seed(0)
    model = models.xnet(3, depth=2, filters=4, kernel_size=5)
    settings_ = argparse.Namespace(**vars(settings) | changed)
    return gpu.Training(model, keras.optimizers.SGD(0.1), images, settings_)

drawn = training()
clean, noisy, sigma = (np.asarray(a) for a in drawn.batch(drawn.images, 3))
again = np.asarray(drawn.batch(drawn.images, 3)[0])
other = np.asarray(drawn.batch(drawn.images, 4)[0])
ends = {}
for way in gpu.DEPTHWISE:
    trained = training(batch_size=4, depthwise=way)
    losses = [trained.run(step, 1) for step in range(3)]
    ends[way] = np.concatenate([np.ravel(v) for v in trained.state[0]] + [losses])
np.savez(sys.argv[1] + "/laws.npz", clean=clean, noisy=noisy, sigma=sigma, again=again,
         other=other, **ends)
"""


def run(code, *arguments):
    command = [sys.executable, "-c", BARE + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def call(*arguments):
    command = [sys.executable, str(COMMAND), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Pictures packed, and a network trained in one sitting and in two."""
    root = tmp_path_factory.mktemp("gpu")
    generator = np.random.default_rng(0)
    (root / "pictures").mkdir()
    for i, size in enumerate(((24, 40), (32, 20), (30, 30))):
        Image.fromarray(generator.integers(0, 256, (*size, 3), np.uint8)).save(
            root / "pictures" / f"{i}.png"
        )
    packed = call(
        *("pack", root / "images.npz", f"--train_dir={root / 'pictures'}", "--color=rgb"),
        "--smallest=16",
    )
    assert packed.returncode == 0, packed.stderr
    trained = run(SITTINGS, root, *(argument.format(root) for argument in TRAIN))
    assert trained.returncode == 0, trained.stderr
    assert "Continuing at step 20 of 40" in trained.stdout
    return root


@pytest.fixture(scope="module")
def laws(root):
    done = run(LAWS, root)
    assert done.returncode == 0, done.stderr
    return np.load(root / "laws.npz")


def test_two_sittings_end_bit_equal_to_one(root):
    one, two = (np.load(root / name / "checkpoint.npz") for name in ("whole", "parts"))
    assert set(one) == set(two)
    assert [row["step"] for row in json.loads(str(two["log"]))] == [20, 40]
    for name in set(one) - {"log"}:
        np.testing.assert_array_equal(one[name], two[name])


def test_times_precisions_and_larger_batches(root):
    lines = (root / "gpu.md").read_text().splitlines()[4:]
    rows = [tuple(cell.strip() for cell in line.split("|")[1:6]) for line in lines]
    assert [row[:4] for row in rows[:2]] == [("dncnn", p, "", "1") for p in ("float32", "bfloat16")]
    assert rows[2][3] == "2" and all(float(row[4]) > 0 for row in rows)


def test_patches_are_crops_flipped_and_turned(root, laws):
    crops = set()
    for path in (root / "pictures").iterdir():
        pixels = np.asarray(Image.open(path))
        for top in range(pixels.shape[0] - 15):
            for left in range(pixels.shape[1] - 15):
                crop = pixels[top : top + 16, left : left + 16]
                for turned in (crop, crop.transpose(1, 0, 2)):
                    for flipped in (turned, turned[::-1], turned[:, ::-1], turned[::-1, ::-1]):
                        crops.add(flipped.tobytes())
    drawn = [np.rint(255 * patch).astype(np.uint8).tobytes() for patch in laws["clean"]]
    assert all(patch in crops for patch in drawn)
    assert len(set(drawn)) > 400
    np.testing.assert_array_equal(laws["clean"], laws["again"])
    assert np.any(laws["clean"] != laws["other"])


def test_noise_has_the_level_that_is_told(laws):
    noise = 255 * (laws["noisy"] - laws["clean"])
    told = laws["sigma"][:, 0, 0, 0]
    assert 10 <= told.min() < 11 and 39 < told.max() <= 40
    scaled = noise / laws["sigma"]
    assert abs(scaled.mean()) < 5 / scaled.size**0.5
    assert scaled.std() == pytest.approx(1, abs=5 / (2 * scaled.size) ** 0.5)


@pytest.mark.parametrize("way", ["filters", "shifts"])
def test_every_way_trains_the_same(laws, way):
    np.testing.assert_allclose(laws[way], laws["own"], atol=1e-5)


def test_what_was_trained_is_measured_and_exported(root):
    done = call(
        *("export", f"--workdir={root / 'whole'}", f"--images={root / 'images.npz'}"),
        f"--val_dir={root / 'pictures'}",
    )
    assert done.returncode == 0, done.stderr
    card = inference.read_card(root / "whole")
    assert set(card.scores) == {f"pictures_color_sigma{level}" for level in (15, 25, 50)}
    assert card.sigma == [10, 40] and card.more["step"] == 40
    assert all(file["largest_difference"] < 1e-5 for file in card.files.values())
    assert inference.open_predictor(root / "whole" / "model.tflite").takes_sigma


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--seed=1", "other settings: seed"),
        ("--patch_size=24", "at most 20"),
        ("--images={}/absent.npz", "absent.npz"),
    ],
)
def test_bad_input(root, argument, message):
    arguments = [a.format(root) for a in (*TRAIN, "--model=fxdncnn", argument)]
    done = call(*arguments, f"--workdir={root / 'parts'}")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert message in done.stderr
