"""The noise level that a network should be told."""

import numpy as np
import pytest
import skimage.data
from scipy import ndimage

from keras_restore.inference import estimate_sigma

PHOTOS = ("astronaut", "coffee", "chelsea", "rocket")


def noisy(image, noise):
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def white(sigma, shape):
    return np.random.default_rng(0).normal(0, sigma, shape)


@pytest.mark.parametrize("sigma", [5, 15, 25, 50])
def test_white_noise(sigma):
    gray = np.full((160, 240, 3), 120.0)
    assert estimate_sigma(noisy(gray, white(sigma, gray.shape))) == pytest.approx(sigma, rel=0.1)
    found = []
    for name in PHOTOS:
        photo = 40 + 0.6 * getattr(skimage.data, name)()
        found.append(estimate_sigma(noisy(photo, white(sigma, photo.shape))))
    assert np.mean(found) == pytest.approx(sigma, rel=0.1)
    assert found == pytest.approx([sigma] * len(PHOTOS), rel=0.25)


@pytest.mark.parametrize("name", PHOTOS)
def test_clean_photos_are_left_alone(name):
    assert estimate_sigma(getattr(skimage.data, name)()) < 3


def test_coarse_noise_counts():
    photo = 40 + 0.6 * skimage.data.coffee()
    coarse = ndimage.gaussian_filter(white(1, photo.shape), (1, 1, 0), mode="wrap")
    coarse *= 8 / coarse.std()
    # What looks at fine differences alone reads less than a tenth.
    assert (
        np.abs(np.diff(coarse, 2, axis=0)).mean()
        < 0.4 * np.abs(np.diff(white(8, (99, 99)), 2)).mean()
    )
    assert estimate_sigma(noisy(photo, coarse)) > 8


def test_types_and_sizes():
    pixels = noisy(np.full((200, 300, 3), 120.0), white(10, (200, 300, 3)))
    sigma = estimate_sigma(pixels)
    assert sigma == estimate_sigma(pixels) == pytest.approx(10, rel=0.1)
    assert estimate_sigma(pixels / np.float32(255)) == pytest.approx(sigma, rel=1e-4)
    assert estimate_sigma(pixels.astype(np.uint16) * 257) == pytest.approx(sigma, rel=1e-4)
    # Too small, too white or gray: the wavelet estimator.
    assert estimate_sigma(pixels[:40, :40]) == pytest.approx(10, rel=0.2)
    assert estimate_sigma(pixels[..., :1]) == pytest.approx(10, rel=0.1)
    assert estimate_sigma(np.full((200, 300, 3), 255, np.uint8)) < 1e-6
    for size in ((1, 1), (3, 500), (16, 15)):
        assert np.isfinite(estimate_sigma(pixels[: size[0], : size[1]]))
