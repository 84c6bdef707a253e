"""`keras-restore restore` on files, folders and mistakes, with a predictor in NumPy."""

import importlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import made_clips
import numpy as np
import pytest
from made_pictures import picture
from made_predictors import Blur, Darken, Identity
from PIL import Image

from keras_restore import inference, models
from keras_restore.cli import main
from keras_restore.inference import Row

TESTS = pathlib.Path(__file__).parents[1]


@pytest.fixture
def predictor(monkeypatch):
    blur = Blur()
    monkeypatch.setattr(inference, "open_predictor", lambda model, *_: blur)
    return blur


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "my photos"
    (folder / "Zürich").mkdir(parents=True)
    for i, name in enumerate(("a b.png", "Zürich/ä.png", "c.png")):
        Image.fromarray(picture(20, 30, 3, seed=i)).save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    return folder


def run(*arguments):
    return main(["restore", "--model=any", *map(str, arguments)])


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file(tmp_path, folder, predictor, capsys):
    target = tmp_path / "new" / "restored.png"
    assert run(f"--input={folder / 'c.png'}", f"--output={target}", "--tile=12") == 0
    assert str(target) in capsys.readouterr().out
    expected = inference.restore(picture(20, 30, 3, seed=2), Blur())
    np.testing.assert_array_equal(np.asarray(Image.open(target)), expected)
    assert max(shape[1] for shape in predictor.shapes[:4]) <= 12


def test_never_overwrites_without_being_told(tmp_path, folder, predictor, capsys):
    target = tmp_path / "b.png"
    target.write_bytes(b"mine")
    assert run(f"--input={folder / 'c.png'}", f"--output={target}") == 2
    assert target.read_bytes() == b"mine"
    assert "exists already" in capsys.readouterr().err
    assert run(f"--input={folder / 'c.png'}", f"--output={target}", "--overwrite") == 0
    assert Image.open(target).size == (30, 20)


def test_a_folder_with_failures(tmp_path, folder, predictor, capsys):
    (folder / "text.png").write_text("no picture")
    (folder / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    output, report = tmp_path / "out", tmp_path / "report.json"
    options = ("--suffix=_restored", "--format=tif", "--workers=2", f"--report={report}")
    assert run(f"--input={folder}", f"--output={output}", *options) == 1
    good = ["Zürich/ä_restored.tif", "a b_restored.tif", "c_restored.tif"]
    assert names(output) == sorted(good)
    captured = capsys.readouterr()
    assert "3 restored, 2 failed" in captured.out
    failed = [line for line in captured.err.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 2 and "not a picture" in captured.err
    rows = json.loads(report.read_text(encoding="utf-8"))
    assert [row["status"] for row in rows].count("failed") == 2
    assert all(row["reason"] for row in rows if row["status"] == "failed")


def test_the_second_run_does_the_rest(tmp_path, folder, predictor, capsys):
    output = tmp_path / "out"
    assert run(f"--input={folder}", f"--output={output}") == 0
    (output / "c.png").unlink()
    before = (output / "a b.png").stat().st_mtime_ns
    assert run(f"--input={folder}", f"--output={output}") == 0
    assert "1 restored, 2 already there" in capsys.readouterr().out
    assert (output / "a b.png").stat().st_mtime_ns == before


def test_suffixes_in_capitals(tmp_path, folder, predictor):
    (folder / "c.png").rename(folder / "C.PNG")
    assert run(f"--input={folder}", f"--output={tmp_path / 'out'}") == 0
    assert (tmp_path / "out" / "C.PNG").exists()


def test_an_interruption_ends_all_work(tmp_path, predictor, monkeypatch):
    (tmp_path / "in").mkdir()
    for i in range(200):
        Image.fromarray(picture(9, 9, 3)).save(tmp_path / "in" / f"{i:03d}.png")
    seen = []

    def restore_file(source, target, *_, **__):
        seen.append(source.name)
        if len(seen) == 2:
            raise KeyboardInterrupt
        time.sleep(0.02)
        return []

    monkeypatch.setattr(sys.modules[Row.__module__], "restore_file", restore_file)
    assert run(f"--input={tmp_path / 'in'}", f"--output={tmp_path / 'out'}") == 130
    assert len(seen) < 150


def test_glob_and_several_inputs(tmp_path, folder, predictor):
    pattern = str(folder / "*.png")
    assert run(f"--input={pattern}", f"--output={tmp_path / 'out'}") == 0
    assert names(tmp_path / "out") == ["a b.png", "c.png"]
    assert main(["restore", "--model=any", "--input", str(folder / "c.png"), str(folder / "Zürich"),
                 f"--output={tmp_path / 'more'}"]) == 0  # fmt: skip
    assert names(tmp_path / "more") == ["c.png", "ä.png"]


def test_two_results_of_one_name(tmp_path, folder, predictor, capsys):
    Image.fromarray(picture(20, 30, 3)).save(folder / "c.bmp")
    assert run(f"--input={folder}", f"--output={tmp_path / 'out'}", "--format=png") == 1
    assert "would have the name" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--input=IN", "--output=IN/out"], "inside"),
        (["--input=IN", "--output=IN"], "inside"),
        (["--input=IN/*.png", "--output=IN"], "folder of the inputs"),
        (["--input=IN/none.png", "--output=OUT"], "There is no"),
        (["--input=IN", "--output=IN/c.png"], "must be a folder"),
        (["--input=IN/c.png", "--output=IN/c.png"], "input itself"),
        (["--input=IN/c.png", "--output=OUT/c.xyz"], "cannot write .xyz"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--tile=0"], "tile"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--tile=4"], "at least 5"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--memory=lots"], "memory"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--memory=1"], "memory allows"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--strength=2"], "strength"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--detail=2"], "detail"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--sigma=auto"], "must be None"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--workers=0"], "workers"),
        (["--input=IN/c.png", "--output=OUT/c.png", "--max-pixels=100"], "max_pixels"),
        (["--input=IN", "--output=OUT", "--format=gif"], "format"),
        (["--input=IN/c.png", "--output=IN/notes.txt/c.png"], "notes.txt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_mistakes_are_one_line(tmp_path, folder, predictor, capsys, arguments, message):
    replaced = [
        text.replace("IN", str(folder)).replace("OUT", str(tmp_path / "out"))
        if text.startswith(("--input", "--output"))
        else text
        for text in arguments
    ]
    before = names(folder)
    assert run(*replaced) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert names(folder) == before


def test_color_model_and_gray_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(inference, "open_predictor", lambda model, *_: Identity(channels=3))
    Image.fromarray(picture(9, 9, 1)[..., 0]).save(tmp_path / "a.png")
    assert run(f"--input={tmp_path / 'a.png'}", f"--output={tmp_path / 'b.png'}") == 2
    assert "picture is gray" in capsys.readouterr().err


@pytest.mark.parametrize("sigma", ["-1", "256", "nan", "much"])
def test_noise_levels_out_of_range(tmp_path, sigma, capsys):
    with pytest.raises(SystemExit):
        run("--input=a.png", f"--output={tmp_path / 'b.png'}", f"--sigma={sigma}")
    assert "--sigma" in capsys.readouterr().err


def test_automatic_noise_level(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(inference, "open_predictor", lambda model, *_: Darken())
    noise = np.random.default_rng(0).normal(0, 12, (160, 160))
    Image.fromarray((120 + noise).astype(np.uint8)).save(tmp_path / "a.png")
    files = f"--input={tmp_path / 'a.png'}", f"--output={tmp_path / 'b.png'}"
    assert run(*files, "--sigma=auto") == 0
    assert float(capsys.readouterr().out.split("about ")[1]) == pytest.approx(12, rel=0.1)
    assert np.asarray(Image.open(tmp_path / "b.png")).mean() == pytest.approx(107.5, abs=1.2)
    assert run(*files, "--sigma=20", "--overwrite") == 0
    assert np.asarray(Image.open(tmp_path / "b.png")).mean() == pytest.approx(99.5, abs=0.2)


def ship(cards, monkeypatch):
    """Makes models of these cards the shipped ones; returns what opens them, and what it opened."""
    module = "keras_restore.inference.noise_level"
    monkeypatch.setattr(f"{module}.shipped_models", lambda: {name: name for name in cards})
    monkeypatch.setattr(f"{module}.read_card", cards.get)
    opened = []
    opener = importlib.import_module("keras_restore.inference.open_predictor")
    monkeypatch.setattr(opener, "shipped_models", lambda: cards)
    monkeypatch.setattr(opener, "_kept_open", lambda name, *_: opened.append(name) or Blur())
    return opener, opened


def test_automatic_model(tmp_path, monkeypatch, capsys):
    cards = {
        "low": {"channels": 1, "sigma": 10},
        "middle": {"channels": 1, "sigma": [25]},
        "high": {"channels": 1, "sigma": [50.0, 50.0]},
        "larger": {"channels": 1, "scale": 2, "sigma": 25},
        "other": {"channels": 1, "degradation": "GaussianBlur(sigma=25)"},
        "colour": {"channels": 3, "sigma": [0, 55]},
    }
    cards = {name: inference.Card.from_json(values) for name, values in cards.items()}
    opener, opened = ship(cards, monkeypatch)
    rng = np.random.default_rng(0)
    smooth = np.full((128, 128), 120.0)
    for sigma, expected in ((5, "low"), (28, "middle"), (45, "high")):
        noisy = np.clip(np.rint(smooth + rng.normal(0, sigma, smooth.shape)), 0, 255)
        path = tmp_path / f"{sigma}.png"
        Image.fromarray(noisy.astype(np.uint8)).save(path)
        arguments = ["restore", "--model=auto", f"--input={path}"]
        assert main([*arguments, f"--output={tmp_path / f'{sigma}r.png'}"]) == 0
        output = capsys.readouterr().out
        assert opened[-1] == expected and f"model {expected}" in output
        found = float(output.split("about ")[1].split(":")[0])
        assert found == pytest.approx(sigma, rel=0.1)
        inference.restore(noisy / 255, "auto")
        assert opened[-1] == expected and len(opened) % 2 == 0
    assert inference.nearest_denoiser(25, channels=3) == "colour"
    told = {"channels": 3, "sigma": [0, 75], "takes_sigma": True}
    cards["told"] = inference.Card.from_json(told)
    white = {"class_name": "GaussianNoise", "config": {"sigma": [0, 60]}}
    cards["a told"] = inference.Card.from_json({**told, "sigma": [0, 60], "degradation": white})
    monkeypatch.setattr(
        opener, "_kept_open", lambda name, *_: opened.append(name) or Darken(channels=3)
    )
    for sigma in (0, 30):
        noisy = np.clip(120 + rng.normal(0, sigma, (160, 160, 3)), 0, 255).astype(np.uint8)
        darker = inference.restore(noisy, "auto")
        assert opened[-1] == "told"
        assert noisy.mean() - darker.mean() == pytest.approx(sigma, abs=0.5 + 0.1 * sigma)


def test_auto_takes_a_deblocking_model_for_its_quality(tmp_path, monkeypatch, capsys):
    def card(quality, channels=1, name="Jpeg"):
        degradation = {"class_name": name, "config": {"quality": quality}}
        return inference.Card.from_json({"channels": channels, "degradation": degradation})

    cards = {
        "q10": card(10),
        "any": card([5, 50]),
        "colour": card([5, 30], channels=3),
        "other": card(40, name="Jpeg2000"),
        "noise": inference.Card.from_json({"channels": 1, "sigma": [0, 50]}),
    }
    opener, opened = ship(cards, monkeypatch)
    pixels = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    for quality, mode, expected in (
        (10, "L", "q10"),
        (20, "L", "any"),
        (53, "L", "any"),
        (54, "L", "noise"),
        (90, "L", "noise"),
        (28, "RGB", "colour"),
        (33, "RGB", "any"),
    ):
        path = tmp_path / "a.jpg"
        Image.fromarray(pixels).convert(mode).save(path, quality=quality)
        arguments = ["restore", "--model=auto", f"--input={path}", "--overwrite"]
        assert main([*arguments, f"--output={tmp_path / 'b.png'}"]) == 0
        output = capsys.readouterr().out
        assert opened[-1] == expected and f"model {expected}" in output
        assert (f"JPEG quality about {quality}" in output) == (expected != "noise")
    cards["noise"].geometry["takes_sigma"] = True
    monkeypatch.setattr(opener, "_kept_open", lambda name, *_: opened.append(name) or Darken())
    inference.restore(path, "auto", sigma=9)
    assert opened[-1] == "noise"
    Image.fromarray(pixels).save(tmp_path / "a.png")
    inference.restore(tmp_path / "a.png", "auto")
    assert opened[-1] == "noise"


RUN = """
import sys
sys.modules["keras"] = sys.modules["tensorflow"] = None
from made_predictors import Stopping
from keras_restore import inference
from keras_restore.cli import main

last, source, output = sys.argv[1:]
inference.open_predictor = lambda model, *_: Stopping(float(last))
sys.exit(main(["restore", "--model=any", "--input=" + source, "--output=" + output]))
"""


def test_killed_in_the_middle_of_fifty(tmp_path):
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for i in range(50):
        Image.fromarray(picture(24, 32, 3, seed=i)).save(source / f"{i:02}.png")
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    command = [sys.executable, "-c", RUN]
    environment = {**os.environ, "PYTHONPATH": path}
    process = subprocess.Popen([*command, "60", source, output], env=environment)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(list(output.glob("*.png"))) < 10:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = sorted(output.glob("*.png"))
    assert 10 <= len(done) < 50
    for file in done:
        with Image.open(file) as image:
            image.load()
    before = {file: file.stat().st_mtime_ns for file in done}
    command += ["inf", source, output]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert f"{50 - len(done)} restored, {len(done)} already there" in result.stdout
    assert len(list(output.iterdir())) == 50, "no temporary file is left either"
    assert all(file.stat().st_mtime_ns == stamp for file, stamp in before.items())
    assert not {"keras", "tensorflow"} & set(result.stderr.split())


def test_the_report_of_the_last_run(tmp_path, folder):
    """Two runs with one report: `--overwrite` restores again only what changed."""
    models.xnet(3, depth=2, filters=2, kernel_size=3).save(tmp_path / "model.keras")
    output, report = tmp_path / "out", tmp_path / "report.json"
    command = ["restore", f"--model={tmp_path / 'model.keras'}", f"--input={folder}"]
    command += [f"--output={output}", f"--report={report}", "--overwrite"]
    assert main(command) == 0
    first = json.loads(report.read_text(encoding="utf-8"))
    Image.fromarray(picture(20, 30, 3, seed=9)).save(folder / "c.png")
    assert main(command) == 0
    second = json.loads(report.read_text(encoding="utf-8"))
    statuses = {pathlib.Path(row["input"]).name: row["status"] for row in second}
    assert statuses == {"a b.png": "already there", "ä.png": "already there", "c.png": "restored"}
    kept = [row["result"] for row in second if row["status"] == "already there"]
    assert kept == [row["result"] for row in first if not row["input"].endswith("c.png")]
    report.write_text("[1, 2]")
    assert main(command) == 2


def test_clips_are_named(tmp_path, folder, predictor, capsys):
    """A folder stands for its pictures; a clip's result keeps the container where it can."""
    pytest.importorskip("av")
    made_clips.write_clip(folder / "clip.mkv", made_clips.frames(2), audio=False)
    (folder / "old.avi").write_bytes(b"no clip")
    assert run(f"--input={folder}", f"--output={tmp_path / 'out'}") == 0
    assert "clip.mkv" not in names(tmp_path / "out")
    assert run(f"--input={folder}/*.??[iv]", f"--output={tmp_path / 'out'}") == 1
    assert "clip.mkv" in names(tmp_path / "out")
    captured = capsys.readouterr()
    assert "1 restored, 1 failed" in captured.out and "not a video" in captured.err
    assert run(f"--input={folder / 'clip.mkv'}", f"--output={tmp_path / 'clip.webm'}") == 0
    assert len(made_clips.read_clip(tmp_path / "clip.webm")) == 2
