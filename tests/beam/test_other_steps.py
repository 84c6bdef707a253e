"""Folders degraded and measured by Apache Beam, in this process."""

import json
import zlib

import numpy as np
import pytest
from made_pictures import picture
from PIL import Image

pytest.importorskip("apache_beam")

from keras_restore import models, protocols  # noqa: E402
from keras_restore.beam import EvaluateAll  # noqa: E402
from keras_restore.beam.__main__ import main  # noqa: E402
from keras_restore.degradations import GaussianNoise  # noqa: E402

NAMES = ("a.png", "more/b.gif", "more/a.png")


@pytest.fixture
def folder(tmp_path):
    """Three pictures, one poison."""
    for seed, name in enumerate(NAMES):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(20, 30, 3, seed=seed)).save(path)
    (tmp_path / "photos/poison.png").write_bytes(b"no picture")
    return tmp_path


def run(command, folder, *arguments):
    places = [f"--input={folder / 'photos'}", f"--manifest={folder / 'rows'}"]
    return main([command, *places, *arguments])


def seed_of(place):
    return zlib.crc32(place.encode()) % 2**31


def failed(folder):
    lines = (folder / "rows/failed.jsonl").read_text().splitlines()
    return [json.loads(line)["input"] for line in lines]


def test_pairs_for_training(folder, capsys):
    arguments = ("--degradation=gaussian_noise", "--set=sigma=10", "--seed=3")
    arguments += (f"--output={folder / 'noisy'}",)
    assert run("degrade", folder, *arguments) == 1
    assert capsys.readouterr().out == "3 degraded, 1 failed\n"
    assert failed(folder) == [str(folder / "photos/poison.png")]
    stamps = {}
    for place in ("a.png", "more/b.png", "more/a.png"):
        source = folder / "photos" / place.replace("b.png", "b.gif")
        clean = np.float32(Image.open(source).convert("RGB")) / np.float32(255)
        noisy = GaussianNoise(10)(clean[None], (3, seed_of(place)))[0]
        expected = np.rint(np.clip(noisy, 0, 1) * 255)
        np.testing.assert_array_equal(Image.open(folder / "noisy" / place), expected)
        stamps[place] = (folder / "noisy" / place).stat().st_mtime_ns

    Image.fromarray(picture(20, 30, 3, seed=9)).save(folder / "photos/a.png")
    assert run("degrade", folder, *arguments, "--overwrite") == 1
    assert capsys.readouterr().out == "2 already there, 1 degraded, 1 failed\n"
    changed = [n for n, s in stamps.items() if (folder / "noisy" / n).stat().st_mtime_ns != s]
    assert changed == ["a.png"]


def test_numbers_of_a_model(folder, capsys):
    model = models.xnet(3, depth=2, filters=2, kernel_size=3)
    model.save(folder / "model.keras")
    arguments = (f"--model={folder / 'model.keras'}", "--protocol=color_sigma25")
    assert run("evaluate", folder, *arguments) == 1
    assert capsys.readouterr().out == "1 failed, 3 measured\n"
    protocol, expected = protocols.color_denoising(25), []
    for place in NAMES:
        image = Image.open(folder / "photos" / place).convert("RGB")
        clean = np.float32(image) / np.float32(255)
        noise = np.random.default_rng(seed_of(place)).normal(0, 25 / 255, clean.shape)
        degraded = clean + np.float32(noise)
        expected.append(protocol.score(clean, model(degraded[None])[0].numpy()))
    summary = json.loads((folder / "rows/summary.json").read_text())
    assert set(summary) == {"psnr", "ssim", "psnr_degraded", "ssim_degraded"}
    for name in ("psnr", "ssim"):
        assert summary[name] == pytest.approx(np.mean([row[name] for row in expected]), abs=1e-4)

    Image.fromarray(picture(20, 30, 3, seed=0)).save(folder / "photos/poison.png")
    assert run("evaluate", folder, *arguments) == 0
    assert capsys.readouterr().out == "3 already there, 1 measured\n"
    again = json.loads((folder / "rows/summary.json").read_text())
    poison = [
        json.loads(line)
        for file in (folder / "rows").glob("rows.*.jsonl")
        for line in file.read_text().splitlines()
        if "poison" in line and "measured" in line
    ]
    assert again["psnr"] == pytest.approx((3 * summary["psnr"] + poison[0]["scores"]["psnr"]) / 4)


@pytest.mark.parametrize(
    ("model", "protocol", "message"),
    [
        ("degraded", "rgb_rain", "must be one that degrades clean pictures"),
        ("xdncnn_gray_sigma25", "color_sigma25", "takes images of 1 channel"),
        ("none", "color_sigma25", "must be the name of a shipped model"),
    ],
)
def test_what_does_not_fit_is_told_before_work(folder, model, protocol, message):
    with pytest.raises(ValueError, match=message):
        EvaluateAll([str(folder / "photos")], str(folder / "rows"), model, protocol)
    assert not (folder / "rows").exists()
