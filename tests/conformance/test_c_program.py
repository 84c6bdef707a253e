"""docs/samples/restore.c, compiled against the LiteRT of the wheel, gives the vectors."""

import pathlib
import shutil
import subprocess

import conformance_vectors as vectors
import numpy as np
import pytest

from keras_restore.inference import shipped_models
from keras_restore.pictures.picture import open_picture
from keras_restore.pictures.transparency import fill_transparent


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc")
    litert = pathlib.Path(pytest.importorskip("ai_edge_litert").__file__).parent
    if compiler is None or not (litert / "libLiteRt.so").is_file():
        pytest.skip("needs a C compiler, and libLiteRt.so in the wheel of ai-edge-litert")
    source = pathlib.Path(__file__).parents[2] / "docs" / "samples" / "restore.c"
    program = tmp_path_factory.mktemp("c") / "restore"
    command = [compiler, "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", source]
    command += [litert / "libLiteRt.so", f"-Wl,-rpath,{litert}", "-lm", "-o", program]
    subprocess.run(command, check=True)
    return program


def write_pnm(path, pixels):
    height, width, channels = pixels.shape
    kind, peak = "P5" if channels == 1 else "P6", np.iinfo(pixels.dtype).max
    content = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(f"{kind}\n{width} {height}\n{peak}\n".encode() + content)


def read_pnm(path):
    kind, size, peak, content = path.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    pixels = np.frombuffer(content, np.uint8 if peak == b"255" else ">u2")
    return pixels.reshape(height, width, -1) / int(peak)


@pytest.mark.parametrize("model", vectors.models())
def test_the_program_gives_the_vectors(program, model, tmp_path):
    folder = shipped_models()[model]
    source, target = tmp_path / "in.pnm", tmp_path / "out.pnm"
    for name, sigma in vectors.pictures(model):
        with open_picture(vectors.path(name)) as picture:
            pixels, alpha = picture.read(picture.height), picture.alpha
        write_pnm(source, pixels if alpha is None else fill_transparent(pixels, alpha))
        command = [program, folder / "model.tflite", folder / "card.json", source, target]
        command += [] if sigma is None else [f"{sigma:g}"]
        subprocess.run(command, check=True, capture_output=True)
        expected = vectors.expected(model, name)
        # Hidden colours stay as they were in the picture, and the program knows no alpha.
        seen = True if alpha is None else expected[..., -1:] > 0
        colors = expected[..., : pixels.shape[2]]
        difference = np.abs(read_pnm(target) - colors) * seen
        assert difference.max() <= 1 / 255, name


def test_what_is_wrong_is_said(program, tmp_path):
    folder = shipped_models()["photo"]
    source, target = tmp_path / "in.pnm", tmp_path / "out.pnm"
    write_pnm(source, np.zeros((3, 4, 1), np.uint8))
    (tmp_path / "no.tflite").write_text("no model")
    for model, words, sentence in (
        (tmp_path / "no.tflite", ["25"], "not a LiteRT file"),
        (folder / "model.tflite", [], "SIGMA must be given"),
        (folder / "model.tflite", ["25"], "the model is for colour pictures"),
    ):
        command = [program, model, folder / "card.json", source, target, *words]
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 1 and sentence in result.stderr
    assert not target.exists()
