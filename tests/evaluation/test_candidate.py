"""Everything that can be measured: model files, LiteRT files, checkpoints, comparators."""

import hashlib
import sys
import types

import numpy as np
import pytest
from skimage.restoration import denoise_tv_chambolle

from keras_restore import export, models, protocols
from keras_restore.evaluation import candidate, image_source, measure


def noisy(channels=1):
    return np.random.default_rng(0).random((1, 20, 24, channels)).astype(np.float32)


def test_a_litert_file_gives_what_its_keras_model_gives(folder, tmp_path):
    model = models.xnet(depth=2, filters=2, kernel_size=3)
    model.save(tmp_path / "model.keras")
    export.tflite(model, tmp_path / "model.tflite")
    protocol = protocols.gray_denoising(25)
    source = image_source(str(folder))
    files = (tmp_path / "model.keras", tmp_path / "model.tflite")
    keras_file, litert_file = (candidate(str(path)) for path in files)
    name = tmp_path.name
    assert (keras_file.label, litert_file.label) == (name, f"{name}.tflite")
    for path, each in zip(files, (keras_file, litert_file), strict=True):
        assert each.content_hash == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        assert each.channels == 1
    first, second = (measure(each, source, protocol).rows for each in (keras_file, litert_file))
    for a, b in zip(first, second, strict=True):
        assert abs(a["psnr"] - b["psnr"]) < 1e-3


def test_comparators_know_the_protocols_sigma():
    batch = noisy(3)
    restored = candidate("tv").make_restore(protocols.color_denoising(50))(batch)
    expected = denoise_tv_chambolle(batch[0], weight=50 / 255, channel_axis=-1)
    np.testing.assert_allclose(restored[0], expected, atol=1e-6)


def test_bm3d_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bm3d", None)
    with pytest.raises(ImportError, match="pip install bm3d"):
        candidate("bm3d")


@pytest.mark.parametrize(("channels", "function"), [(1, "bm3d"), (3, "bm3d_rgb")])
def test_bm3d_of_gray_and_of_colour(monkeypatch, channels, function):
    package = types.ModuleType("bm3d")
    setattr(
        package, function, lambda image, sigma: image[..., 0] * sigma if channels == 1 else image
    )
    monkeypatch.setitem(sys.modules, "bm3d", package)
    batch = noisy(channels)
    restored = candidate("bm3d").make_restore(protocols.gray_denoising(51))(batch)
    np.testing.assert_allclose(restored, batch * (0.2 if channels == 1 else 1), rtol=1e-5)


def test_a_folder_has_its_own_name(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert image_source(".").name == folder.name


def test_doing_nothing_enlarges_a_small_image():
    protocol = protocols.rgb_super_resolution(2)
    low = protocol.degrade(noisy(3)[0], 0)
    restored = candidate("degraded").make_restore(protocol)(low[None])
    assert restored.shape == (1, 20, 24, 3)


@pytest.mark.parametrize("protocol", ("gray_sigma25", "luma_x2", "luma_q10"))
def test_doing_nothing_gains_nothing(folder, protocol):
    measured = measure(candidate("degraded"), image_source(str(folder)), protocols.named(protocol))
    for row in measured.rows:
        assert row["psnr"] == row["psnr_degraded"] and row["ssim"] == row["ssim_degraded"]


def test_a_path_may_hold_an_equals_sign(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    models.dncnn(depth=3, filters=2).save("sigma=15.keras")
    for text, label in (
        ("sigma=15.keras", "sigma=15"),
        (str(tmp_path / "sigma=15.keras"), "sigma=15"),
        ("mine=sigma=15.keras", "mine"),
        (f"mine={tmp_path}/sigma=15.keras", "mine"),
    ):
        assert candidate(text).label == label


def test_published_super_resolution_meets_the_paper(reference_weights, shared_data):
    source = image_source("Set5", shared_data)
    rounded, exact = (protocols.luma_super_resolution(3, rounded=r) for r in ("small", "nothing"))
    for label, file in (
        ("xSRCNN-f", "xsrcnnf_s3_k9k3k5.pkl"),
        ("xSRCNN-c", "xsrcnnc_s3_c42c32.pkl"),
    ):
        each = candidate(f"{label}={reference_weights / file}")
        for protocol, tolerance in ((rounded, 0.06), (exact, 0.006)):
            measured = measure(each, source, protocol)
            assert abs(measured.mean["psnr"] - measured.paper.psnr) < tolerance


@pytest.mark.slow
@pytest.mark.parametrize(
    ("label", "file", "dataset"),
    [
        ("xDnCNN", "xdncnn_res_f64k3k9_s25.pkl", "BSD68"),
        ("DnCNN-S", "dncnn_matconvnet_sigma25.mat", "BSD68"),
        ("DnCNN-S", "dncnn_matconvnet_sigma25.mat", "Set12"),
    ],
)
def test_published_denoisers_meet_the_papers(reference_weights, shared_data, label, file, dataset):
    source = image_source(dataset, shared_data)
    each = candidate(f"{label}={reference_weights / file}")
    measured = measure(each, source, protocols.gray_denoising(25))
    assert abs(measured.mean["psnr"] - measured.paper.psnr) < 0.03
