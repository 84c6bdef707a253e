import numpy as np
import pytest
import tensorflow as tf

from keras_restore.degradations import CorrelatedNoise

SHAPE = (4, 160, 160, 3)


def noise_of(*arguments, seed=(1, 2)):
    clean = tf.fill(SHAPE, 0.5)
    return CorrelatedNoise(*arguments)(clean, seed).numpy() - 0.5


def correlation(a, b):
    return np.mean(a * b) / np.sqrt(np.mean(a * a) * np.mean(b * b))


@pytest.mark.parametrize("neighbors", [0.0, 0.3, 0.64, 0.9])
@pytest.mark.parametrize("channels", [0.0, 0.7, 1.0])
def test_correlations(neighbors, channels):
    noise = noise_of(20, neighbors, channels)
    # Fewer pixels are independent where neighbors are alike.
    independent = noise[0].size / 3 * ((1 - neighbors) / (1 + neighbors)) ** 2
    tolerance = 5 / np.sqrt(independent * len(noise)) + 2e-3
    assert noise.std() * 255 == pytest.approx(20, rel=tolerance)
    for a, b in ((noise[:, 1:], noise[:, :-1]), (noise[:, :, 1:], noise[:, :, :-1])):
        assert correlation(a, b) == pytest.approx(neighbors, abs=tolerance)
    # Separable: along the diagonal the product of both.
    diagonal = correlation(noise[:, 1:, 1:], noise[:, :-1, :-1])
    assert diagonal == pytest.approx(neighbors**2, abs=tolerance)
    for c in (0, 1):
        found = correlation(noise[..., c], noise[..., c + 1])
        assert found == pytest.approx(channels, abs=tolerance)
    assert abs(correlation(noise[1:], noise[:-1])) < tolerance


def test_borders_have_the_same_statistics():
    noise = noise_of(20, 0.8)
    border = np.concatenate([noise[:, :2].ravel(), noise[:, :, -2:].ravel()])
    assert border.std() == pytest.approx(noise.std(), rel=0.1)


def test_settings_are_drawn_for_each_image():
    clean = tf.fill((200, 40, 40, 1), 0.5)
    grain = CorrelatedNoise((5, 50), (0.1, 0.8))
    noise = grain(clean, (3, 4)).numpy() - 0.5
    drawn = grain.sample(clean.shape, tf.constant([3, 4]))
    levels = noise.std(axis=(1, 2, 3)) * 255
    assert np.corrcoef(levels, drawn["sigma"])[0, 1] > 0.95
    along = [correlation(image[1:], image[:-1]) for image in noise]
    assert np.corrcoef(along, drawn["correlation"])[0, 1] > 0.95


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((-1,), "sigma"), ((5, 1.0), "correlation"), ((5, 0.1, 2), "channel_correlation")],
)
def test_bad_arguments(arguments, name):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received"):
        CorrelatedNoise(*arguments)
