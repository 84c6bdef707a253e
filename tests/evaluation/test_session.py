"""An evaluation from the command line to the files."""

import csv
import io
import json
import shutil
import sys

import numpy as np
import pytest
from made_predictors import Darken
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio
from skimage.restoration import denoise_nl_means

from keras_restore import cli, models
from keras_restore.evaluation import evaluate_models


def command(*arguments):
    return cli.main(["evaluate", *map(str, arguments)])


def error_of(capsys, *arguments):
    assert command(*arguments) == 2
    return capsys.readouterr().err


def without_time(path):
    content = json.loads(path.read_text())
    assert content.pop("time")
    return content


def test_table_json_and_csv(folder, tmp_path, capsys):
    models.xnet(depth=2, filters=2, kernel_size=1).save(tmp_path / "tiny.keras")
    arguments = ["--model", f"tiny={tmp_path / 'tiny.keras'}", "--model=nlm,degraded"]
    arguments += ["--data", folder, "--protocol=gray_sigma15,gray_sigma25"]
    for i in range(2):
        out = tmp_path / f"{i}"
        files = [f"--json={out}/a.json", f"--csv={out}/a.csv", f"--report={out}/a.html"]
        assert command(*arguments, *files) == 0
    printed = capsys.readouterr().out
    assert "PSNR" in printed and "not verified" in printed

    first = without_time(tmp_path / "0/a.json")
    assert first == without_time(tmp_path / "1/a.json")
    assert [m["model"] for m in first["measurements"]] == ["tiny", "nlm", "degraded"] * 2
    nlm = next(m for m in first["measurements"] if m["model"] == "nlm")
    assert nlm["protocol"]["degradation"] == {"name": "WhiteNoise", "sigma": 15}
    assert first["versions"]["keras"] and len(nlm["data_hash"]) == 16

    # The second image, step by step.
    clean = np.asarray(Image.open(folder / "picture1.png")) / 255
    noisy = clean + np.random.default_rng(1).normal(0, 15 / 255, clean.shape)
    restored = denoise_nl_means(
        noisy.astype(np.float32), patch_size=5, patch_distance=6, h=9 / 255, sigma=15 / 255
    )
    expected = peak_signal_noise_ratio(clean, np.clip(restored, 0, 1), data_range=1)
    assert abs(nlm["images"][1]["psnr"] - expected) < 1e-3
    mean = np.mean([row["psnr"] for row in nlm["images"]])
    assert abs(nlm["mean"]["psnr"] - mean) < 1e-9

    with open(tmp_path / "0/a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 3 * 3
    assert float(rows[4]["psnr"]) == nlm["images"][1]["psnr"]


def test_a_terminal_shows_how_many_of_all_images_and_is_clean_afterwards(folder, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for terminal in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", terminal)
        evaluate_models(["degraded"], [str(folder)], ["gray_sigma15", "gray_sigma25"])
        shown = terminal.getvalue()
        if terminal.isatty():
            assert " 0/6 [" in shown and shown.endswith(" \r")
        else:
            assert shown == ""


def test_a_broken_file_is_skipped_counted_and_named(folder, tmp_path, capsys):
    (folder / "broken.png").write_bytes(b"")
    assert command("--model=degraded", "--data", folder, "--protocol=gray_sigma25") == 0
    printed = capsys.readouterr().out
    assert "1 skipped" in printed and "broken.png" in printed


def test_pairs(folder, tmp_path, capsys):
    for name in ("clean", "degraded"):
        shutil.copytree(folder, tmp_path / "pairs" / name)
    arguments = ["--model=degraded", "--data", tmp_path / "pairs", "--protocol=rgb_rain"]
    assert command(*arguments, f"--json={tmp_path}/a.json") == 0
    measured = json.loads((tmp_path / "a.json").read_text())["measurements"][0]
    assert measured["images"][0]["psnr"] == "inf" and measured["mean"]["ssim"] == 1.0

    (tmp_path / "pairs/degraded/picture1.png").unlink()
    assert "Without one: picture1" in error_of(capsys, *arguments)


def test_real_pairs_side_by_side(folder, tmp_path):
    generator = np.random.default_rng(0)
    expected = []
    for i in range(2):
        clean = generator.integers(20, 200, (24, 20, 3)).astype(np.uint8)
        noisy = clean + generator.integers(0, 30, clean.shape).astype(np.uint8)
        Image.fromarray(clean).save(tmp_path / f"scene{i}_mean.png")
        Image.fromarray(noisy).save(tmp_path / f"scene{i}_real.png")
        expected.append(peak_signal_noise_ratio(clean, noisy))
    (measured,) = evaluate_models(["degraded"], [str(tmp_path)], ["real_pairs"])
    assert [row["psnr"] for row in measured.rows] == pytest.approx(expected)


def test_real_pairs_tell_the_estimate(tmp_path):
    from keras_restore.evaluation.candidate import of_model

    generator = np.random.default_rng(0)
    for i, sigma in enumerate((5, 30)):
        noise = np.rint(generator.normal(0, sigma, (160, 160, 3)))
        Image.new("RGB", (160, 160), (120, 120, 120)).save(tmp_path / f"{i}_mean.png")
        Image.fromarray((120 + noise).astype(np.uint8)).save(tmp_path / f"{i}_real.png")
    darken = of_model("darken", Darken(channels=3))
    (measured,) = evaluate_models([darken], [str(tmp_path)], ["real_pairs"])
    # The noise and the level that was taken off: each of the power sigma^2.
    expected = [10 * np.log10(255**2 / (2 * sigma**2)) for sigma in (5, 30)]
    assert [row["psnr"] for row in measured.rows] == pytest.approx(expected, abs=0.5)


def test_pairs_of_unequal_size(folder, tmp_path, capsys):
    for name in ("clean", "rainy"):
        shutil.copytree(folder, tmp_path / "pairs" / name)
    Image.new("L", (20, 20)).save(tmp_path / "pairs/rainy/picture1.png")
    message = error_of(
        capsys, "--model=degraded", "--data", tmp_path / "pairs", "--protocol=rgb_rain"
    )
    assert "must be of one size" in message and "picture1.png" in message


def test_a_gray_model_on_rgb_images(folder):
    model = models.xnet(depth=2, filters=2, kernel_size=1)
    from keras_restore.evaluation.candidate import of_model

    with pytest.raises(ValueError, match="tiny takes images of 1 channel; protocol color_sigma25"):
        evaluate_models([of_model("tiny", model)], [str(folder)], ["color_sigma25"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--protocol=gray_sigma_25"], "Did you mean 'gray_sigma25'"),
        (["--protocol=segmentation_sigma15"], "measures a vision network"),
        (["--protocol=luma_x3", "--model=nlm"], "removes noise of a known sigma"),
        (["--protocol=rgb_rain"], "measures given pairs"),
        (["--model=degraded,degraded"], "a label of its own"),
        (["--model=missing.pkl"], "There is no file 'missing.pkl'"),
        (["--model=missing"], "name of a shipped model"),
        (["--data=sett12", "--data_root=."], "Did you mean 'Set12'"),
        (["--data=Set12", "--data_root=."], "Set12 is not below '.'. Put its 12 images into"),
    ],
)
def test_bad_input(folder, capsys, monkeypatch, arguments, message):
    monkeypatch.delenv("KERAS_RESTORE_DATA", raising=False)
    given = [a.partition("=")[0] for a in arguments]
    defaults = {"--model": "degraded", "--data": folder, "--protocol": "gray_sigma25"}
    rest = [f"{name}={value}" for name, value in defaults.items() if name not in given]
    assert message in error_of(capsys, *arguments, *rest)


def test_an_empty_folder(tmp_path, capsys):
    message = error_of(capsys, "--model=degraded", "--data", tmp_path, "--protocol=gray_sigma25")
    assert "There is no image in" in message


def test_nothing_readable(tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(b"no image")
    message = error_of(capsys, "--model=degraded", "--data", tmp_path, "--protocol=gray_sigma25")
    assert "No image of" in message and "a.png" in message


def test_an_output_that_cannot_be_written_is_found_before_measuring(folder, tmp_path, capsys):
    arguments = ["--model=degraded", "--data", folder, "--protocol=gray_sigma25"]
    message = error_of(capsys, *arguments, f"--json={tmp_path}")
    assert "cannot be written" in message
    assert "PSNR" not in capsys.readouterr().out
