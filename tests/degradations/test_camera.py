"""Camera noise, by the laws of a sensor; the mosaic against formulas in NumPy."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
import skimage.data
import tensorflow as tf

from keras_restore.degradations import CameraNoise, Demosaic, Jpeg, camera_noise
from keras_restore.degradations.camera_noise import process, unprocess

EVEN, ODD = slice(0, None, 2), slice(1, None, 2)


def photo():
    """A smooth photo, as crops of large ones are."""
    pixels = skimage.data.coffee()[:256, :384].astype(np.float32) / 255
    return scipy.ndimage.gaussian_filter(pixels, (2, 2, 0))[None]


def cameras(count, seed=(0, 1)):
    parameters = CameraNoise().sample((count, 8, 8, 3), tf.constant(seed))
    return {name: value.numpy() for name, value in parameters.items()}


def sites(shape):
    """Where the sensor measures red, green and blue."""
    masks = np.zeros((*shape, 3), bool)
    masks[EVEN, EVEN, 0] = masks[EVEN, ODD, 1] = masks[ODD, EVEN, 1] = masks[ODD, ODD, 2] = True
    return masks


def malvar_at(mosaic, row, column):
    """Malvar, He and Cutler, eqs. 2 to 4, at one pixel: a bilinear guess and a Laplacian."""

    def m(i, j):
        return mosaic[row + i, column + j]

    def mean(*offsets):
        return np.mean([m(i, j) for i, j in offsets])

    beside, above = ((0, -1), (0, 1)), ((-1, 0), (1, 0))
    diagonal = ((-1, -1), (-1, 1), (1, -1), (1, 1))
    far_beside, far_above = ((0, -2), (0, 2)), ((-2, 0), (2, 0))
    color = 0 if row % 2 == column % 2 == 0 else 2 if row % 2 == column % 2 == 1 else 1
    result = np.zeros(3)
    result[color] = m(0, 0)
    if color != 1:
        laplacian = m(0, 0) - mean(*far_beside, *far_above)
        result[1] = mean(*beside, *above) + laplacian / 2
        result[2 - color] = mean(*diagonal) + 3 / 4 * laplacian
    else:
        along, across = (0, 2) if row % 2 == 0 else (2, 0)
        for other, near, far, aside in (
            (along, beside, far_beside, far_above),
            (across, above, far_above, far_beside),
        ):
            curvature = 5 * m(0, 0) - 4 * mean(*diagonal) - 2 * mean(*far) + mean(*aside)
            result[other] = mean(*near) + curvature / 8
    return result


@pytest.mark.parametrize("shape", [(12, 10), (9, 7)])
def test_bilinear_is_the_mean_of_the_sites(shape):
    image = np.random.default_rng(0).random((*shape, 3))
    masks = sites(shape)
    kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    expected = np.empty(image.shape)
    for c in range(3):
        total = scipy.ndimage.convolve(image[..., c] * masks[..., c], kernel, mode="mirror")
        weight = scipy.ndimage.convolve(masks[..., c].astype(float), kernel, mode="mirror")
        expected[..., c] = np.where(masks[..., c], image[..., c], total / weight)
    # At green sites green needs no neighbours, elsewhere four: never the diagonal ones.
    plus = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / 4
    green = scipy.ndimage.convolve(image[..., 1] * masks[..., 1], plus, mode="mirror")
    expected[..., 1] = np.where(masks[..., 1], image[..., 1], green)
    found = Demosaic("bilinear")(image[None].astype(np.float32), (0, 0))[0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_malvar():
    image = np.random.default_rng(1).random((13, 12, 3))
    mosaic = (image * sites((13, 12))).sum(axis=2)
    found = Demosaic("malvar")(image[None].astype(np.float32), (0, 0))[0].numpy()
    for row in range(2, 11):
        for column in range(2, 10):
            expected = malvar_at(mosaic, row, column)
            np.testing.assert_allclose(found[row, column], expected, atol=1e-6)


@pytest.mark.parametrize("method", ["bilinear", "malvar"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (2, 3), (5, 4)])
def test_a_flat_gray_image_stays(method, shape):
    gray = np.full((1, *shape, 3), 0.3, np.float32)
    np.testing.assert_allclose(Demosaic(method)(gray, (0, 0)), gray, atol=1e-6)


def test_processing_undoes_unprocessing():
    """Below the highlights; white is a full sensor, and stays white."""
    drawn = cameras(16)
    images = np.random.default_rng(0).uniform(0, 0.85, (16, 24, 24, 3)).astype(np.float32)
    images[:, :2] = 1.0
    raw = unprocess(tf.unstack(images, axis=-1), drawn["gains"], drawn["camera"])
    back = tf.stack(process(raw, drawn["gains"], drawn["camera"]), axis=-1).numpy()
    raw = tf.stack(raw, axis=-1)
    # A colour that the sensor's gain pushes beyond white is clipped.
    reached = np.max(raw * drawn["gains"][:, None, None], axis=-1, keepdims=True) <= 1
    fits = np.broadcast_to(reached & (np.min(raw, axis=-1, keepdims=True) >= 0), back.shape)
    assert fits[:, 2:].mean() > 0.9
    assert np.abs(back - images)[fits].max() < 1e-3
    assert raw[:, :2].numpy().min() > 0.999
    np.testing.assert_allclose(back[:, :2], 1, atol=1e-4)


def test_variance_against_mean_is_a_line_of_the_shot_noise():
    """At the sites, in the sensor's values: slope the shot noise, offset the read noise."""
    shot, read, side = 2e-3, 3e-5, 400
    levels = np.linspace(0.25, 0.85, 10).astype(np.float32)
    clean = np.broadcast_to(levels[:, None, None, None], (10, side, side, 3)).astype(np.float32)
    parameters = CameraNoise(shot).sample(clean.shape, tf.constant([2, 3]))
    parameters |= {
        "shot": tf.fill([10], shot),
        "read": tf.fill([10], read),
        "gains": tf.ones((10, 3)),
        "camera": tf.eye(3, batch_shape=[10]),
    }
    noisy = CameraNoise(shot).apply(tf.constant(clean), parameters).numpy().astype(np.float64)

    def to_sensor(image):
        """The tone curve 3 x^2 - 2 x^3 and the gamma, undone by a table."""
        table = np.linspace(0, 1, 200_001)
        return np.interp(image, 3 * table**2 - 2 * table**3, table) ** 2.2

    red = to_sensor(noisy[:, EVEN, EVEN, 0]).reshape(10, -1)
    means = to_sensor(levels)
    np.testing.assert_allclose(red.mean(axis=1), means, rtol=2e-3)
    # Five standard errors of a variance.
    tolerance = 5 * np.sqrt(2 / red.shape[1])
    np.testing.assert_allclose(red.var(axis=1), shot * means + read, rtol=tolerance)
    slope, offset = np.polyfit(means, red.var(axis=1), 1)
    assert slope == pytest.approx(shot, rel=tolerance)
    assert offset == pytest.approx(read, abs=tolerance * shot * means.mean())


def test_distributions_of_the_paper():
    drawn = cameras(2000)
    shot, read = np.log(drawn["shot"]), np.log(drawn["read"])
    low, high = np.log(1e-4), np.log(0.012)
    assert scipy.stats.kstest(shot, "uniform", (low, high - low)).pvalue > 1e-6
    assert scipy.stats.kstest((read - 2.18 * shot - 1.2) / 0.26, "norm").pvalue > 1e-6
    red, green, blue = drawn["gains"].T
    assert scipy.stats.kstest(1 / green, "norm", (0.8, 0.1)).pvalue > 1e-6
    assert scipy.stats.kstest(red / green, "uniform", (1.9, 0.5)).pvalue > 1e-6
    assert scipy.stats.kstest(blue / green, "uniform", (1.5, 0.4)).pvalue > 1e-6
    np.testing.assert_allclose(drawn["camera"].sum(axis=2), 1, atol=1e-5)


def test_dark_cameras_have_a_bounded_gain(monkeypatch):
    monkeypatch.setattr(camera_noise, "BRIGHTNESS", (0.8, 1.0))
    green = cameras(200)["gains"][:, 1]
    assert green.min() > 0 and green.max() == pytest.approx(1 / 0.4)


def test_xyz_is_that_of_the_primaries_and_the_white_of_srgb():
    """ITU-R BT.709's chromaticities."""
    x, y = np.array([[0.64, 0.30, 0.15], [0.33, 0.60, 0.06]])
    primaries = np.stack([x / y, np.ones(3), (1 - x - y) / y])
    white = np.array([0.3127, 1 - 0.3127 - 0.3290]) / 0.3290
    shares = np.linalg.solve(primaries, [white[0], 1, white[1]])
    np.testing.assert_allclose(camera_noise.XYZ_FROM_RGB, primaries * shares, atol=3e-4)


def test_neighbors_correlate_as_on_real_photos():
    """PolyU's first 50 real pairs: neighbours 0.5 to 0.8, most channels 0.4 to 0.85."""
    clean = photo()
    for seed in range(3):
        noise = (Jpeg(75)(CameraNoise(1e-3)(clean, (seed, 0)), (0, 0)) - clean).numpy()[0]
        noise = noise - noise.mean(axis=(0, 1))
        variance = np.mean(noise**2)
        rows = np.mean(noise[1:] * noise[:-1]) / variance
        columns = np.mean(noise[:, 1:] * noise[:, :-1]) / variance
        assert 0.5 < rows < 0.8 and 0.5 < columns < 0.8
        channels = np.corrcoef(noise.reshape(-1, 3).T)
        assert 0.25 < np.mean(channels[np.triu_indices(3, 1)]) < 0.85


def test_noise_is_unbiased_and_white_is_quiet():
    flat = np.full((8, 64, 64, 3), 0.5, np.float32)
    noise = CameraNoise(1e-3)(flat, (5, 5)).numpy() - flat
    assert np.abs(noise.mean(axis=(1, 2, 3))).max() < 0.01 and noise.std() > 0.02
    # Half of what is added to a full sensor is cut off, half is taken from the other side.
    white = CameraNoise(1e-3)(np.ones_like(flat), (5, 5)).numpy()
    assert np.sqrt(np.mean((1 - white) ** 2)) < noise.std() / 2


@pytest.mark.parametrize("shot", [0, -1, (0.1, 0.01), 2, "a"])
def test_bad_shot(shot):
    with pytest.raises(ValueError, match="`shot` must be .*Received"):
        CameraNoise(shot)


@pytest.mark.parametrize("make", [CameraNoise, Demosaic])
def test_bad_method_and_channels(make):
    with pytest.raises(ValueError, match="`method` must be one of .*Received"):
        make(method="nearest")
    with pytest.raises(ValueError, match="RGB. Received: shape="):
        make()(np.zeros((1, 8, 8, 1), np.float32), (0, 0))
