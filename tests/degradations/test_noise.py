import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from keras_restore.degradations import GaussianNoise, PoissonNoise, SaltAndPepper, Speckle

SHAPE = (6, 96, 95, 3)


def clean(value=0.5, shape=SHAPE):
    return tf.fill(shape, tf.constant(value, tf.float32))


def check_moments(noise, variance, kurtosis=3.0):
    """Mean and variance of each image within five standard errors of what they must be."""
    count = noise[0].size
    for image in noise:
        assert abs(image.mean()) < 5 * np.sqrt(variance / count)
        error = variance * np.sqrt((kurtosis - 1) / count)
        assert abs(image.var() - variance) < 5 * error


def check_independence(noise):
    """Correlations of neighbours, far pixels, channels and images within five standard errors."""
    noise = (noise - noise.mean()) / noise.std()
    pixels = noise.shape[1] * noise.shape[2]
    half = pixels * 3 // 2
    flat = noise.reshape(len(noise), -1)
    pairs = [
        (noise[:, 1:], noise[:, :-1]),
        (noise[:, :, 1:], noise[:, :, :-1]),
        (noise[..., 0], noise[..., 1]),
        (noise[..., 0], noise[..., 2]),
        (noise[1:], noise[:-1]),
        (noise[:3], noise[3:]),
        # Box and Muller's two halves share a radius.
        (flat[:, :half], flat[:, half : 2 * half]),
    ]
    for a, b in pairs:
        assert abs(np.mean(a * b)) < 5 / np.sqrt(a.size)


def test_gaussian():
    noise = GaussianNoise(25)(clean(), (3, 4)).numpy() - 0.5
    check_moments(noise, (25 / 255) ** 2)
    check_independence(noise)
    assert scipy.stats.kstest(noise.ravel() * 255 / 25, "norm").pvalue > 1e-6


def test_gaussian_tails():
    noise = GaussianNoise(255)(clean(0.5, (8, 256, 256, 3)), (5, 6)).numpy().ravel() - 0.5
    for level in (2, 3, 4):
        expected = noise.size * 2 * scipy.stats.norm.sf(level)
        assert abs(np.sum(np.abs(noise) > level) - expected) < 5 * np.sqrt(expected)


def test_levels_are_drawn_for_each_image():
    noise = GaussianNoise((0, 55))(clean(0.5, (400, 16, 16, 3)), (1, 1)).numpy() - 0.5
    levels = noise.std(axis=(1, 2, 3)) * 255
    assert scipy.stats.kstest(levels, "uniform", (0, 55)).pvalue > 1e-6
    parameters = GaussianNoise((0, 55)).sample((400, 16, 16, 3), tf.constant([1, 1]))
    np.testing.assert_allclose(levels, parameters["sigma"], rtol=0.15)


def test_speckle():
    noise = Speckle(50)(clean(0.25), (3, 4)).numpy() - 0.25
    check_moments(noise, (0.25 * 50 / 255) ** 2)
    check_independence(noise)
    np.testing.assert_array_equal(Speckle(50)(clean(0.0), (3, 4)), clean(0.0))


def test_salt_and_pepper():
    hit = SaltAndPepper(0.2)(clean(), (3, 4)).numpy()
    assert set(np.unique(hit)) == {0, 0.5, 1}
    for value in (0, 1):
        share = (hit == value).mean(axis=(1, 2, 3))
        assert np.abs(share - 0.1).max() < 5 * np.sqrt(0.1 * 0.9 / hit[0].size)
    check_independence(hit - 0.5)
    everything = SaltAndPepper(1)(clean(), (3, 4)).numpy()
    assert set(np.unique(everything)) == {0, 1}


@pytest.mark.parametrize("mean", [0.1, 1, 3.9, 4.1, 8, 40, 400])
def test_poisson(mean):
    peak = 500
    noisy = PoissonNoise(peak)(clean(mean / peak), (3, 4)).numpy()
    counts = noisy * peak
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-3)
    check_moments(noisy - mean / peak, mean / peak**2, kurtosis=3 + 1 / mean)
    check_independence(noisy - mean / peak)
    # The whole distribution, bin by bin: within five standard errors and the expansion's 1e-3.
    counts = np.rint(counts).astype(int).ravel()
    expected = scipy.stats.poisson.pmf(np.arange(counts.max() + 1), mean)
    found = np.bincount(counts) / counts.size
    assert np.all(np.abs(found - expected) < 5 * np.sqrt(expected / counts.size) + 1e-3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: GaussianNoise(-1),
        lambda: GaussianNoise((5, 1)),
        lambda: GaussianNoise("25"),
        lambda: GaussianNoise(float("nan")),
        lambda: Speckle((0, 1, 2)),
        lambda: SaltAndPepper(1.5),
        lambda: PoissonNoise(0),
    ],
)
def test_bad_settings(make):
    with pytest.raises(ValueError, match="must be a number, or a pair .*Received"):
        make()
