"""`keras-restore pipe`: frames in, frames out."""

import io
import sys

import numpy as np
import pytest
from made_pictures import picture
from made_predictors import Around, Blur, Darken, Double, Shift

from keras_restore import inference
from keras_restore.cli import main

FRAMES = np.stack([picture(20, 30, 3, seed=seed) for seed in range(3)])


def pipe(monkeypatch, predictor, content, *arguments):
    """What the command writes, and its status."""
    output = io.BytesIO()
    monkeypatch.setattr(inference, "open_predictor", lambda model, *_: predictor)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output))
    status = main(["pipe", "--model=any", "--size=30x20", *arguments])
    return output.getvalue(), status


@pytest.mark.parametrize(
    ("predictor", "argument", "same_as"),
    [
        (Blur, "--tile=12", {}),
        (Blur, "--memory=1G", {}),
        (Shift, "--ensemble", {"ensemble": True}),
        (Blur, "--strength=0.25", {"strength": 0.25}),
        (Blur, "--detail=0.75", {"detail": 0.75}),
        (Blur, "--color=luma", {"color": "luma"}),
        (Darken, "--sigma=20", {"sigma": 20}),
        (Blur, "--upscale=2", {"upscale": 2}),
        (Double, "--tile=none", {}),
    ],
)
def test_options_as_those_of_restore(monkeypatch, predictor, argument, same_as):
    # What `detail` estimates is the scene's, which restoring one frame does not know.
    frames = FRAMES[: 1 if "detail" in argument else 3]
    content, status = pipe(monkeypatch, predictor(), frames.tobytes(), argument)
    expected = [inference.restore(frame, predictor(), **same_as) for frame in frames]
    assert status == 0 and content == b"".join(frame.tobytes() for frame in expected)


@pytest.mark.parametrize(
    ("pixels", "channels", "dtype"),
    [("gray", 1, "u1"), ("rgb24", 3, "u1"), ("gray16le", 1, "<u2"), ("rgb48le", 3, "<u2")],
)
def test_pixels(monkeypatch, pixels, channels, dtype):
    frame = picture(20, 30, channels).astype(dtype) * (257 if dtype == "<u2" else 1)
    content, status = pipe(monkeypatch, Blur(), frame.tobytes(), f"--pixels={pixels}")
    assert status == 0 and content == inference.restore(frame, Blur()).tobytes()


def test_the_noise_is_estimated_once_per_scene(monkeypatch):
    rng = np.random.default_rng(0)
    levels = [(100, 6)] * 3 + [(170, 18)] * 3
    frames = [rng.normal(level, sigma, (160, 160, 1)) for level, sigma in levels]
    frames = np.uint8(np.clip(frames, 0, 255))
    arguments = ("--size=160x160", "--pixels=gray", "--sigma=auto")
    content, _ = pipe(monkeypatch, Darken(), frames.tobytes(), *arguments)
    taken = (frames - np.frombuffer(content, np.uint8).reshape(frames.shape).astype(float)).mean(
        axis=(1, 2, 3)
    )
    np.testing.assert_allclose(taken, [6] * 3 + [18] * 3, rtol=0.1)
    assert np.ptp(taken[:3]) < 0.02 and np.ptp(taken[3:]) < 0.05


def test_mistakes(monkeypatch, capsys):
    content, status = pipe(monkeypatch, Blur(), FRAMES.tobytes()[:-7])
    assert status == 2 and len(content) == 2 * 20 * 30 * 3
    assert "after 2 of 1800 bytes, 1793 bytes are left" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["pipe", "--model=any", "--size=30"])
    assert "1920x1080" in capsys.readouterr().err


def test_a_model_of_several_frames_sees_those_of_the_scene(monkeypatch):
    levels = [40, 48, 150, 158]
    frames = np.stack([np.full((20, 30, 3), level, np.uint8) for level in levels])
    content, status = pipe(monkeypatch, Around(channels=3), frames.tobytes())
    found = np.frombuffer(content, np.uint8).reshape(frames.shape).mean(axis=(1, 2, 3))
    expected = 0.6 * np.array(levels) + 0.4 * np.array([48, 40, 158, 150])
    assert status == 0
    np.testing.assert_allclose(found, expected, atol=0.51)
