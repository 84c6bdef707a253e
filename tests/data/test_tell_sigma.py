"""A network that takes sigma trains on batches that hold it."""

import numpy as np

from keras_restore import data, degradations


def test_sigma_is_the_drawn_one():
    clean = np.random.default_rng(0).random((6, 64, 64, 3), np.float32)
    noise = degradations.GaussianNoise((0, 75))
    inputs, target = data.TellSigma(noise)(clean, (3, 4))
    drawn = noise.sample(clean.shape, np.array((3, 4), np.int32))["sigma"]
    assert inputs["sigma"].shape == (6, 1, 1, 1)
    # Five standard errors of a standard deviation.
    tolerance = 5 / np.sqrt(2 * 64 * 64 * 3)
    np.testing.assert_allclose(np.ravel(inputs["sigma"]), drawn, rtol=tolerance)
    np.testing.assert_array_equal(inputs["degraded"], noise(clean, (3, 4)))
    np.testing.assert_array_equal(target, clean)


def test_a_target_of_its_own():
    clean = np.full((2, 8, 8, 3), 0.5, np.float32)
    inputs, target = data.TellSigma(lambda clean, seed: (clean + 0.2, clean - 0.1))(clean, (0, 0))
    np.testing.assert_allclose(inputs["sigma"], 255 * 0.3, rtol=1e-5)
    np.testing.assert_allclose(target, 0.4)


def test_compression_follows_and_does_not_count():
    clean = np.random.default_rng(0).random((3, 32, 32, 3), np.float32)
    noise = degradations.GaussianNoise((0, 20))
    plain, _ = data.TellSigma(noise)(clean, (3, 4))
    told, target = data.TellSigma(noise, degradations.Jpeg(20))(clean, (3, 4))
    np.testing.assert_array_equal(told["sigma"], plain["sigma"])
    np.testing.assert_array_equal(target, clean)
    quality = degradations.Jpeg(20)
    compressed = quality.apply(plain["degraded"], quality.sample(clean.shape, (0, 0)))
    np.testing.assert_allclose(told["degraded"], compressed, atol=1e-6)
