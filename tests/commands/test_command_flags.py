"""Every option of every command changes what it says."""

import argparse
import concurrent.futures
import importlib
import json

import made_clips
import numpy as np
import pytest
from made_pictures import picture
from made_predictors import Blur, Darken, Shift
from PIL import Image

from keras_restore import evaluation, export, inference, models, published
from keras_restore.cli import COMMANDS, main
from keras_restore.commands import serve_command

PICTURE = picture(20, 30, 3)


def actions(command):
    """The options of a command, as argparse has them."""
    parser = argparse.ArgumentParser(add_help=False)
    importlib.import_module(f"keras_restore.commands.{command}_command").add_arguments(parser)
    return parser._actions


TESTED = {
    "restore": {
        *("--input", "--output", "--model", "--tile", "--memory", "--ensemble", "--strength"),
        *("--color", "--sigma", "--upscale", "--suffix", "--format", "--quality", "--page"),
        *("--max-pixels", "--overwrite", "--workers", "--report", "--detail", "--preview"),
        *("--engine", "--precision"),
    },
    "pipe": {
        *("--size", "--pixels", "--model", "--tile", "--memory", "--ensemble", "--strength"),
        *("--color", "--sigma", "--upscale", "--detail", "--engine", "--precision"),
    },
    "evaluate": {
        *("--model", "--data", "--protocol", "--data_root", "--json", "--csv", "--report"),
        "--report_images",
    },
    "degrade": {
        *("--degradation", "--input", "--output", "--set", "--seed", "--mask", "--overwrite"),
    },
    "export": {
        *("--model", "--output", "--formats", "--size", "--calibration", "--uint8", "--data"),
        "--protocol",
    },
    "import": {"--source", "--output", "--sigma", "--upscale", "--license", "--batch-norm-epsilon"},
    "models": {"--json"},
    "serve": {"--port", "--no-browser"},
    "doctor": set(),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_option_without_a_test(command):
    """An option that is new needs a test in this folder, and then its name above."""
    assert {text for action in actions(command) for text in action.option_strings} == TESTED[
        command
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_does(command):
    assert all(action.help for action in actions(command))


# === restore ===


def restore(monkeypatch, predictor, source, target, *arguments):
    monkeypatch.setattr(inference, "open_predictor", lambda model, *_: predictor)
    given = ["--model=any", f"--input={source}", f"--output={target}"]
    assert main(["restore", *given, *arguments]) == 0


def test_engine_and_precision(monkeypatch, tmp_path, capsys):
    source, target = tmp_path / "in.png", tmp_path / "out.png"
    Image.fromarray(PICTURE[..., 0]).save(source)
    given = ["restore", "--model=deblock", f"--input={source}", f"--output={target}"]
    opened = []
    open_predictor = inference.open_predictor

    def recorded(*arguments, **choice):
        opened.append((open_predictor(*arguments, **choice), choice))
        return opened[-1][0]

    monkeypatch.setattr(inference, "open_predictor", recorded)
    assert main([*given, "--engine=litert"]) == 0
    assert opened[-1][0].NAME == "litert" and target.exists()
    assert main([*given, "--engine=litert", "--precision=bfloat16"]) != 0
    assert "`precision` must be one that the engine has" in capsys.readouterr().err
    assert main([*given, "--engine=torch"]) != 0
    assert "`engine` must be one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("predictor", "argument", "same_as"),
    [
        (Shift, "--ensemble", {"ensemble": True}),
        (Blur, "--strength=0.25", {"strength": 0.25}),
        (Blur, "--detail=0.75", {"detail": 0.75}),
        (Blur, "--color=luma", {"color": "luma"}),
        (Darken, "--sigma=20", {"sigma": 20}),
        (Darken, "--sigma=auto", {"sigma": "auto"}),
        (Blur, "--upscale=2", {"upscale": 2}),
    ],
)
def test_options_of_restore(tmp_path, monkeypatch, predictor, argument, same_as):
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    Image.fromarray(PICTURE).save(source)
    restore(monkeypatch, predictor(), source, target, argument)
    found = np.asarray(Image.open(target))
    defaults = {"sigma": 8} if predictor is Darken else {}
    np.testing.assert_array_equal(found, inference.restore(PICTURE, predictor(), **same_as))
    assert not np.array_equal(found, inference.restore(PICTURE, predictor(), **defaults))


def test_memory_makes_the_tiles_small(tmp_path, monkeypatch):
    Image.fromarray(picture(300, 300, 3)).save(tmp_path / "a.png")
    sides = {}
    for memory in ("200K", "1G"):
        predictor = Blur(bytes_per_pixel=40)
        arguments = (f"--memory={memory}", "--overwrite")
        restore(monkeypatch, predictor, tmp_path / "a.png", tmp_path / "b.png", *arguments)
        sides[memory] = max(shape[1] for shape in predictor.shapes)
    assert sides["200K"] < 100 < sides["1G"]
    assert sides["200K"] ** 2 * 40 <= 200_000


@pytest.mark.parametrize("quality", [20, 80])
def test_quality(tmp_path, monkeypatch, quality):
    Image.fromarray(PICTURE).save(tmp_path / "a.png")
    Image.fromarray(PICTURE).save(tmp_path / "reference.jpg", quality=quality)
    target = tmp_path / "b.jpg"
    restore(monkeypatch, Blur(), tmp_path / "a.png", target, f"--quality={quality}")
    reference = Image.open(tmp_path / "reference.jpg")
    assert Image.open(target).quantization == reference.quantization


def test_page(tmp_path, monkeypatch):
    pages = [Image.fromarray(picture(20, 30, 3, seed=seed)) for seed in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    restore(monkeypatch, Blur(), tmp_path / "a.tif", tmp_path / "b.png", "--page=2")
    expected = inference.restore(picture(20, 30, 3, seed=1), Blur())
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), expected)


def test_max_pixels_admits_what_pillow_refuses(tmp_path, monkeypatch, capsys):
    Image.fromarray(PICTURE).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 200)
    arguments = [f"--input={tmp_path / 'a.png'}", f"--output={tmp_path / 'b.png'}"]
    monkeypatch.setattr(inference, "open_predictor", lambda model, *_: Blur())
    assert main(["restore", "--model=any", *arguments]) == 2
    assert main(["restore", "--model=any", *arguments, "--max-pixels=600"]) == 0


def test_preview(tmp_path, monkeypatch):
    pytest.importorskip("av")
    made_clips.write_clip(tmp_path / "a.mp4", made_clips.frames(9))
    restore(monkeypatch, Blur(), tmp_path / "a.mp4", tmp_path / "b.mp4", "--preview=0.1s")
    assert len(made_clips.read_clip(tmp_path / "b.mp4")) == 3


@pytest.mark.parametrize("workers", [1, 3])
def test_workers(tmp_path, monkeypatch, workers):
    asked = []

    class Executor(concurrent.futures.ThreadPoolExecutor):
        def __init__(self, count):
            asked.append(count)
            super().__init__(count)

    monkeypatch.setattr(concurrent.futures, "ThreadPoolExecutor", Executor)
    (tmp_path / "in").mkdir()
    Image.fromarray(PICTURE).save(tmp_path / "in" / "a.png")
    arguments = (tmp_path / "in", tmp_path / "out", f"--workers={workers}")
    restore(monkeypatch, Blur(), *arguments)
    assert asked == [workers]


def test_the_model_that_is_named(tmp_path, monkeypatch):
    Image.fromarray(PICTURE).save(tmp_path / "a.png")
    named = []
    monkeypatch.setattr(
        inference, "open_predictor", lambda model, *_: named.append(model) or Blur()
    )
    arguments = [f"--input={tmp_path / 'a.png'}", f"--output={tmp_path / 'b.png'}"]
    main(["restore", "--model=mine", *arguments])
    assert named == ["mine"]


# === evaluate ===


def test_options_of_evaluate(monkeypatch):
    received = []
    monkeypatch.setattr(evaluation, "evaluate_models", lambda *a, **k: received.append((a, k)))
    arguments = [
        *("--model=a,b", "--model=c", "--data=Set5", "--protocol=gray_sigma15"),
        *("--data_root=root", "--json=1.json", "--csv=2.csv", "--report=3.html"),
        "--report_images=7",
    ]
    assert main(["evaluate", *arguments]) == 0
    assert received == [
        (
            (["a", "b", "c"], ["Set5"], ["gray_sigma15"]),
            {
                **{"data_root": "root", "json_path": "1.json", "csv_path": "2.csv"},
                **{"report_path": "3.html", "report_images": 7},
            },
        )
    ]


# === export ===


@pytest.fixture
def small_model(tmp_path):
    model = models.xdncnn(1, depth=2, filters=4, kernel_size=3)
    model.save(tmp_path / "model.keras")
    (tmp_path / "pictures").mkdir()
    Image.fromarray(picture(48, 48, 1)[..., 0]).save(tmp_path / "pictures" / "a.png")
    return tmp_path


def interpreter(file):
    from ai_edge_litert.interpreter import Interpreter

    found = Interpreter(str(file))
    (details,) = found.get_input_details()
    return details


def test_options_of_export(small_model, capsys):
    """Types, sizes and measurements are in the files and on the card."""
    common = ["export", f"--model={small_model / 'model.keras'}"]
    plain, fixed = small_model / "plain", small_model / "fixed"
    measured = [f"--data={small_model / 'pictures'}", "--protocol=gray_sigma15"]
    assert main([*common, f"--output={plain}", *measured]) == 0
    assert {path.name for path in plain.iterdir()} == {"model.tflite", "card.json"}
    details = interpreter(plain / "model.tflite")
    assert -1 in details["shape_signature"] and details["dtype"] == np.float32
    arguments = [
        *("--formats=int8,float16", "--size=32x48", "--uint8"),
        f"--calibration={small_model / 'pictures'}",
    ]
    assert main([*common, f"--output={fixed}", *arguments]) == 0
    assert {path.name for path in fixed.glob("*.tflite")} == {
        *("model_int8.tflite", "model_float16.tflite"),
    }
    details = interpreter(fixed / "model_int8.tflite")
    assert list(details["shape_signature"]) == [1, 32, 48, 1] and details["dtype"] == np.uint8
    exports = json.loads((plain / "card.json").read_text())["exports"]
    # The untrained network is nearly the identity: noise of sigma 15 is 24.6 dB.
    assert exports["float32"]["psnr"] == pytest.approx(24.6, abs=0.5)
    capsys.readouterr()
    assert main([*common, f"--output={small_model / 'x'}", "--formats=int8"]) == 1
    assert "int8 refused: " in capsys.readouterr().out


# === import ===


def test_options_of_import(tmp_path, monkeypatch):
    epsilons, written = [], []
    network = models.xdncnn(1, depth=2, filters=4)

    class Architecture:
        family, arguments, notes = "xdncnn", {}, ()

        @staticmethod
        def build():
            return network

    class Checkpoint:
        format = "made up"

        @staticmethod
        def describe():
            return []

    def read(source, epsilon):
        epsilons.append(epsilon)
        return Checkpoint

    monkeypatch.setattr(published, "read", read)
    monkeypatch.setattr(published, "recognize", lambda checkpoint: Architecture)

    def write_artifacts(model, path, card):
        path.mkdir()
        written.append((model, card))

    monkeypatch.setattr(export, "write_artifacts", write_artifacts)
    (tmp_path / "source.pth").write_bytes(b"weights")
    common = ["import", f"--source={tmp_path / 'source.pth'}"]
    arguments = ["--sigma", "5", "50", "--upscale=3", "--license=MIT", "--batch-norm-epsilon=0.01"]
    (tmp_path / "two").mkdir()
    assert main([*common, f"--output={tmp_path / 'one'}", *arguments]) == 0
    assert main([*common, f"--output={tmp_path / 'two'}"]) == 0
    (model, told), (_, untold) = written
    assert model is network
    assert (told.name, untold.name) == ("one", "two")
    assert list(told.sigma) == [5, 50] and untold.sigma is None
    assert (told.upscale, told.color, untold.upscale, untold.color) == (3, "luma", None, None)
    assert told.license == "MIT" and "authors" in untold.license
    assert epsilons == [0.01, None]


# === serve ===


@pytest.mark.parametrize(("arguments", "opened"), [([], True), (["--no-browser"], False)])
def test_options_of_serve(tmp_path, monkeypatch, arguments, opened):
    import webbrowser

    class Server:
        server_address = ("localhost", 4321)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def serve_forever(self):
            pass

    ports, addresses = [], []
    (tmp_path / "index.html").write_text("")
    monkeypatch.setattr(serve_command, "PAGE", tmp_path)
    monkeypatch.setattr(
        serve_command, "page_server", lambda folder, port: ports.append(port) or Server()
    )
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    assert main(["serve", "--port=99", *arguments]) == 0
    assert ports == [99]
    assert addresses == (["http://localhost:4321/"] if opened else [])
