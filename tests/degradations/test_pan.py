"""Frames of a clip, made from an image."""

import numpy as np
import pytest
import tensorflow as tf
from made_pictures import picture

from keras_restore.degradations import GaussianNoise, Pan, Sequence


def shifted(clean, rows, columns):
    shift = tf.constant([[[rows, columns]] * 2], tf.float32)
    return Pan(3).apply(clean, {"shift": shift}).numpy()[..., clean.shape[3] :]


def test_whole_pixels_move_the_mirrored_picture():
    clean = picture(20, 30, 3)[None].astype(np.float32) / 255
    frames = shifted(clean, 3, -40)
    padded = np.pad(clean, ((0, 0), (0, 3), (40, 0), (0, 0)), "symmetric")
    np.testing.assert_array_equal(frames, np.concatenate([padded[:, 3:, :30]] * 2, axis=-1))


def test_parts_of_pixels_are_exact_for_parabolas():
    """Keys' interpolation reproduces polynomials of degree two."""
    y, x = np.mgrid[:24, :24] / 24

    def parabola(y, x):
        return np.float32(0.3 + 0.2 * y * y - 0.3 * y * x + 0.4 * x * x)[None, ..., None]

    frames = shifted(parabola(y, x), 0.3, -1.6)
    inner = np.s_[:, 4:-4, 4:-4]
    expected = parabola(y + 0.3 / 24, x - 1.6 / 24)
    np.testing.assert_allclose(frames[inner][..., :1], expected[inner], atol=1e-5)


def test_the_camera_moves_evenly_and_shakes():
    pan = Pan(frames=5, speed=(2, 6), jitter=0.5)
    seed = tf.constant([1, 2])
    shifts = pan.sample((200, 8, 8, 1), seed)["shift"].numpy()
    steady = Pan(frames=5, speed=(2, 6), jitter=0).sample((200, 8, 8, 1), seed)["shift"].numpy()
    times = np.array([-2, -1, 1, 2])[None, :, None]
    velocity = steady[:, 2]
    np.testing.assert_allclose(steady, velocity[:, None] * times, atol=1e-5)
    speed = np.hypot(*velocity.T)
    assert 2 <= speed.min() < 2.3 and 5.7 < speed.max() <= 6.001
    angles = np.histogram(np.arctan2(*velocity.T), 4, (-np.pi, np.pi))[0]
    assert angles.min() > 30
    assert 0.45 < np.abs(shifts - steady).max() <= 0.5
    assert len(np.unique(shifts - steady)) > 1000


def test_noise_of_its_own_in_each_frame():
    clean = np.full((4, 40, 40, 1), 0.5, np.float32)
    frames = Sequence([Pan(3), GaussianNoise((10, 30))])(clean, (0, 1)).numpy() - 0.5
    spread = 255 * frames.std(axis=(1, 2))
    np.testing.assert_allclose(spread, spread[:, :1] * np.ones((1, 3)), rtol=0.1)
    assert np.ptp(spread[:, 0]) > 3
    assert np.abs(np.corrcoef(frames[0].reshape(-1, 3).T) - np.eye(3)).max() < 0.1


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"frames": 2}, "`frames`"), ({"frames": (1, 3)}, "`frames`"), ({"speed": -1}, "`speed`")],
)
def test_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        Pan(**settings)
