"""`keras-restore restore` of an exported file where TensorFlow and Keras are not installed."""

import os
import subprocess
import sys
import venv

import numpy as np
import pytest
from PIL import Image
from random_weights import randomize

from keras_restore import export, models

PACKAGES = ("numpy", "pillow", "ai-edge-litert")


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The interpreter of an environment of three packages, which pip must be able to fetch."""
    given = os.environ.get("KERAS_RESTORE_LITE_PYTHON")
    if given:
        return given
    folder = tmp_path_factory.mktemp("lite")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES])
    if install.returncode:
        pytest.skip("pip cannot install numpy, pillow and ai-edge-litert here")
    return python


@pytest.fixture(scope="module")
def model():
    return randomize(models.xdncnn(1, depth=3, filters=4, kernel_size=5))


def restore(python, repository, *arguments):
    return subprocess.run(
        [python, "-m", "keras_restore", "restore", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
    )


def write_image(path, shape, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [{}, {"size": (64, 48)}, {"uint8": True}], ids=str)
def test_a_picture_larger_than_a_tile(python, repository, model, tmp_path, arguments):
    check = "import importlib.util as u; print([u.find_spec(n) for n in ('tensorflow', 'keras')])"
    found = subprocess.run([python, "-c", check], capture_output=True, text=True)
    assert found.stdout.strip() == "[None, None]"
    export.tflite(model, tmp_path / "model.tflite", **arguments)
    pixels = write_image(tmp_path / "in.png", (150, 170))
    options = (f"--input={tmp_path / 'in.png'}", f"--output={tmp_path / 'out.png'}")
    result = restore(python, repository, f"--model={tmp_path / 'model.tflite'}", *options)
    assert result.returncode == 0, result.stderr
    restored = np.asarray(Image.open(tmp_path / "out.png")).astype(float)
    expected = np.asarray(model(pixels[None, ..., None] / np.float32(255)))[0, ..., 0]
    assert np.abs(restored - 255 * np.clip(expected, 0, 1)).max() <= 0.51


@pytest.mark.slow
def test_bad_pictures_and_files(python, repository, model, tmp_path):
    export.tflite(model, tmp_path / "model.tflite")
    options = (f"--model={tmp_path / 'model.tflite'}", f"--output={tmp_path / 'out.png'}")
    options += ("--overwrite",)
    for name, shape in (("tiny.png", (3, 2)), ("alpha.png", (20, 30, 4))):
        pixels = write_image(tmp_path / name, shape)
        result = restore(python, repository, f"--input={tmp_path / name}", *options)
        assert result.returncode == 0, result.stderr
        restored = np.asarray(Image.open(tmp_path / "out.png"))
        assert restored.shape == pixels.shape
        if len(shape) == 3:
            np.testing.assert_array_equal(restored[..., 3], pixels[..., 3])
    half = (tmp_path / "model.tflite").read_bytes()[:2000]
    (tmp_path / "model.tflite").write_bytes(half)
    result = restore(python, repository, f"--input={tmp_path / 'tiny.png'}", *options)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "model.tflite" in result.stderr


def test_the_script_that_measures_needs_no_tensorflow(repository):
    source = "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None; import run_alone"
    folder = repository / "keras_restore" / "export"
    subprocess.run([sys.executable, "-c", source], cwd=folder, check=True)
