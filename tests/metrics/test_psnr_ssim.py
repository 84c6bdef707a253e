"""PSNR and SSIM against scikit-image."""

import keras
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from keras_restore import metrics

PSNR_TOLERANCE = 1e-9 if keras.backend.backend() == "tensorflow" else 1e-4
SSIM_TOLERANCE = 1e-5


def reference_ssim(clean, restored, data_range):
    return structural_similarity(
        clean,
        restored,
        data_range=data_range,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=2,
    )


def pair(shape, seed=0, scale=1.0):
    generator = np.random.default_rng(seed)
    clean = generator.random(shape) * scale
    return clean, clean + generator.normal(0, 0.1 * scale, shape)


@pytest.mark.parametrize("shape", [(3, 40, 33, 3), (1, 11, 11, 1), (2, 25, 64, 1)])
@pytest.mark.parametrize("data_range", [1.0, 255.0])
def test_equals_scikit_image(shape, data_range):
    clean, restored = pair(shape, scale=data_range)
    psnr = np.asarray(metrics.psnr(clean, restored, data_range))
    ssim = np.asarray(metrics.ssim(clean, restored, data_range))
    assert psnr.shape == ssim.shape == shape[:1]
    for i in range(shape[0]):
        expected = peak_signal_noise_ratio(clean[i], restored[i], data_range=data_range)
        assert abs(psnr[i] - expected) < PSNR_TOLERANCE
        assert abs(ssim[i] - reference_ssim(clean[i], restored[i], data_range)) < SSIM_TOLERANCE


def test_ssim_of_a_smooth_picture_in_float32():
    ramp = np.linspace(0.1, 0.9, 64)[:, None, None] * np.ones((64, 64, 1))
    clean = ramp.astype(np.float32)
    restored = (ramp + np.random.default_rng(1).normal(0, 0.004, ramp.shape)).astype(np.float32)
    expected = reference_ssim(clean.astype(np.float64), restored.astype(np.float64), 1.0)
    assert abs(float(metrics.ssim(clean, restored)) - expected) < SSIM_TOLERANCE


def test_a_single_image_gives_a_number():
    clean, restored = pair((20, 20, 3))
    batch = np.asarray(metrics.psnr(clean[None], restored[None]))[0]
    assert metrics.psnr(clean, restored).shape == ()
    assert float(metrics.psnr(clean, restored)) == batch
    assert metrics.ssim(clean, restored).shape == ()


def test_the_border_is_left_out():
    clean, restored = pair((2, 30, 30, 1))
    inside = np.s_[:, 4:-4, 4:-4]
    for metric in (metrics.psnr, metrics.ssim):
        np.testing.assert_allclose(
            metric(clean, restored, crop_border=4), metric(clean[inside], restored[inside])
        )


def test_equal_images():
    clean, _ = pair((1, 16, 16, 1))
    assert np.isinf(metrics.psnr(clean, clean)[0])
    np.testing.assert_allclose(metrics.ssim(clean, clean), 1.0, atol=1e-6)


def test_uint8_is_refused():
    image = np.zeros((16, 16, 1), np.uint8)
    with pytest.raises(ValueError, match="divide 8-bit images by 255"):
        metrics.psnr(image, image)


def test_wrong_shapes_are_refused():
    clean, restored = pair((1, 16, 16, 3))
    with pytest.raises(ValueError, match="of the same shape"):
        metrics.psnr(clean, restored[..., :1])
    with pytest.raises(ValueError, match="of the same shape"):
        metrics.psnr(clean[0, :, :, 0], restored[0, :, :, 0])
    with pytest.raises(ValueError, match="at least 11 x 11"):
        metrics.ssim(clean[:, :10], restored[:, :10])
    with pytest.raises(ValueError, match="must leave some pixels"):
        metrics.psnr(clean, restored, crop_border=8)


@pytest.mark.parametrize("crop_border", [-1, 1.5])
def test_bad_borders(crop_border):
    image = np.zeros((20, 20, 1), np.float32)
    with pytest.raises(ValueError, match="`crop_border` must be an integer of at least 0"):
        metrics.psnr(image, image, crop_border=crop_border)
