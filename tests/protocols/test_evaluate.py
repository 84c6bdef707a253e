"""Evaluation by protocol."""

import subprocess
import sys

import numpy as np
import pytest

from keras_restore import protocols


def pictures(count=3, channels=1):
    generator = np.random.default_rng(0)
    return [
        (f"image{i}", generator.random((24 + i, 30, channels)).astype(np.float32))
        for i in range(count)
    ]


def test_gray_denoising_is_the_documented_noise():
    name, clean = pictures()[1]
    noise = np.random.default_rng(7).normal(0, 25 / 255, clean.shape).astype(np.float32)
    degraded = protocols.gray_denoising(25).degrade(clean, 7)
    assert degraded.dtype == np.float32
    np.testing.assert_array_equal(degraded, clean + noise)
    assert degraded.min() < 0 and degraded.max() > 1


def test_rows_hold_both_sides_of_the_restoration():
    rows = protocols.evaluate(lambda batch: batch, pictures(), protocols.gray_denoising(25))
    assert [row["image"] for row in rows] == ["image0", "image1", "image2"]
    for index, (row, (_, clean)) in enumerate(zip(rows, pictures(), strict=True)):
        noise = np.random.default_rng(index).normal(0, 25 / 255, clean.shape).astype(np.float32)
        noisy = (clean + noise).astype(np.float64)
        expected = -10 * np.log10(np.mean((noisy - clean) ** 2))
        clipped = -10 * np.log10(np.mean((np.clip(noisy, 0, 1) - clean) ** 2))
        assert abs(row["psnr_degraded"] - expected) < 1e-4
        assert abs(row["psnr"] - clipped) < 1e-4
        assert row["ssim"] > row["ssim_degraded"]


def test_channels_must_be_the_protocols():
    with pytest.raises(
        ValueError, match="image0: Protocol color_sigma25 needs rgb images, of 3 channels"
    ):
        protocols.evaluate(lambda batch: batch, pictures(), protocols.color_denoising(25))


def test_an_empty_set_is_refused():
    with pytest.raises(ValueError, match="at least one image"):
        protocols.evaluate(lambda batch: batch, [], protocols.gray_denoising(25))


def test_negative_sigma_is_refused():
    with pytest.raises(ValueError, match="sigma=-1"):
        protocols.gray_denoising(-1)


def test_metrics_import_without_tensorflow():
    code = (
        "import sys; sys.modules['tensorflow'] = None; import os; "
        "os.environ['KERAS_BACKEND'] = 'jax'; import numpy as np; "
        "from keras_restore import metrics; x = np.zeros((1, 16, 16, 1), np.float32); "
        "assert float(metrics.psnr(x, x + 0.1)[0]) - 20 < 1e-4; metrics.ssim(x, x)"
    )
    pytest.importorskip("jax")
    subprocess.run([sys.executable, "-c", code], check=True)
