"""docs/samples/Restorer.kt on a JVM: in windows of one size it gives the whole picture's result."""

import pathlib
import shutil
import subprocess

import numpy as np
import pytest
from made_predictors import Blur

from keras_restore.inference import open_predictor, shipped_models

REPOSITORY = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    if not shutil.which("kotlinc") or not shutil.which("java"):
        pytest.skip("needs kotlinc (npm install kotlin-compiler) and java")
    program = tmp_path_factory.mktemp("kotlin") / "windows.jar"
    sources = [
        REPOSITORY / "docs/samples/Restorer.kt",
        pathlib.Path(__file__).with_name("windows.kt"),
    ]
    subprocess.run(["kotlinc", *sources, "-Werror", "-include-runtime", "-d", program], check=True)
    return program


def run(program, image, scale, multiple, side):
    height, width, channels = image.shape
    words = [channels, scale, Blur.halo, multiple, side, height, width]
    command = ["java", "-jar", program, *map(str, words)]
    result = subprocess.run(command, input=image.astype(">f4").tobytes(), capture_output=True)
    if result.returncode:
        raise ValueError(result.stderr.decode())
    restored = np.frombuffer(result.stdout, ">f4")
    return restored.reshape(scale * height, scale * width, channels)


@pytest.mark.slow
@pytest.mark.parametrize(
    "size, channels, scale, multiple, side",
    [
        ((33, 50), 3, 1, 1, 16),
        ((16, 17), 1, 1, 1, 16),
        ((16, 16), 1, 2, 1, 16),
        ((40, 52), 1, 3, 4, 16),
    ],
)
def test_windows_give_the_whole_picture(program, size, channels, scale, multiple, side):
    image = np.random.default_rng(0).random((*size, channels), np.float32)
    rows, columns = np.mgrid[: size[0], : size[1]][..., None]
    expected = Blur()(image[None])[0] + (rows % multiple + columns % multiple) / 8
    expected = expected.repeat(scale, axis=0).repeat(scale, axis=1)
    restored = run(program, image, scale, multiple, side)
    np.testing.assert_allclose(restored, expected, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("size, multiple", [((15, 30), 1), ((18, 30), 4)])
def test_a_picture_that_does_not_fit_is_refused(program, size, multiple):
    with pytest.raises(ValueError, match="The picture must have 16 pixels"):
        run(program, np.zeros((*size, 1), np.float32), 1, multiple, side=16)


@pytest.mark.parametrize("name", sorted(shipped_models()))
def test_the_picture_is_the_first_input_as_the_sample_assumes(name):
    predictor = open_predictor(shipped_models()[name] / "model_float16.tflite")
    inputs = [tuple(entry["shape"]) for entry in predictor._interpreter.get_input_details()]
    expected = [(1, *predictor.size, predictor.channels)]
    assert inputs == expected + [(1, 1, 1, 1)] * predictor.takes_sigma
