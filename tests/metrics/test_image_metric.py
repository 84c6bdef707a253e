"""Metrics as objects: in `compile`, and one of the reader's own in a protocol."""

import dataclasses
import re

import keras
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from keras_restore import metrics, protocols


class LargestError(metrics.ImageMetric):
    """A metric of which less is better."""

    name, label, unit, digits, higher_is_better = "largest_error", "worst", "levels", 1, False

    @staticmethod
    def compute(clean, restored, crop_border=0):
        axes = tuple(range(-3, 0))
        return 255 * keras.ops.max(keras.ops.abs(clean - restored), axis=axes)


def test_in_compile():
    generator = np.random.default_rng(0)
    clean = generator.random((5, 16, 16, 1), np.float32)
    degraded = clean + generator.normal(0, 0.1, clean.shape).astype(np.float32)
    model = keras.Sequential([keras.Input((16, 16, 1)), keras.layers.Identity()])
    chosen = [metrics.PSNR(), metrics.SSIM(), metrics.PSNRB(), LargestError()]
    model.compile(loss="mse", metrics=chosen)
    found = model.evaluate(degraded, clean, batch_size=2, verbose=0, return_dict=True)
    psnr = [
        peak_signal_noise_ratio(a, b, data_range=1) for a, b in zip(clean, degraded, strict=False)
    ]
    ssim = [
        structural_similarity(
            a[..., 0],
            b[..., 0],
            data_range=1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for a, b in zip(clean, degraded, strict=False)
    ]
    assert found["psnr"] == pytest.approx(np.mean(psnr), abs=1e-3)
    assert found["ssim"] == pytest.approx(np.mean(ssim), abs=1e-4)
    largest = 255 * np.abs(clean - degraded).max(axis=(1, 2, 3)).mean()
    assert found["largest_error"] == pytest.approx(largest, rel=1e-5)
    assert found["psnr_b"] <= found["psnr"] + 1e-5


@pytest.mark.parametrize("metric", [metrics.PSNR, metrics.SSIM, metrics.PSNRB])
def test_is_serialized(metric):
    again = keras.metrics.deserialize(keras.metrics.serialize(metric(name="other")))
    assert type(again) is metric and again.name == "other"
    assert keras.saving.get_registered_name(metric) == f"keras_restore>{metric.__name__}"


def test_gain_is_positive_where_the_image_is_better():
    assert metrics.PSNR.gain(30.0, 20.0) == 10.0
    assert LargestError.gain(30.0, 20.0) == -10.0
    assert metrics.PSNR.text(29.1234) == "29.123 dB" and metrics.SSIM.text(0.5) == "0.5000"


def test_a_metric_of_ones_own_in_a_protocol():
    from keras_restore.evaluation import report, results
    from keras_restore.evaluation.measure import Measurement
    from keras_restore.evaluation.pictures import PictureBook

    protocol = dataclasses.replace(
        protocols.gray_denoising(25), metrics=(LargestError, metrics.PSNR)
    )
    clean = np.full((16, 16, 1), 0.5, np.float32)
    book = PictureBook()

    def keep(row, clean, degraded, restored):
        book.add("set", protocol, "half", row, clean, degraded, restored)

    def restore(degraded):
        return 0.5 + 0.5 * (degraded - 0.5)

    rows = protocols.evaluate(restore, [("a", clean), ("b", clean)], protocol, keep)
    for row in rows:
        assert row["largest_error"] == pytest.approx(0.5 * row["largest_error_degraded"], rel=1e-5)
    measurement = Measurement("half", "half", "", "set", "", False, protocol, rows)
    (summary,) = results.summary_rows([measurement])
    assert list(summary)[-3:] == ["worst", "gain", "PSNR"]
    assert float(summary["gain"]) == pytest.approx(float(summary["worst"]), abs=0.11)
    assert '"largest_error"' in results.to_json([measurement])
    page = report.report([measurement], book)
    assert re.search(r'"name": "largest_error".*?"sign": -1', page)


@pytest.mark.parametrize("chosen", [(), ("psnr",), (metrics.PSNR(),)])
def test_bad_metrics(chosen):
    with pytest.raises(ValueError, match="`metrics` must be"):
        dataclasses.replace(protocols.gray_denoising(25), metrics=chosen)
