import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

from keras_restore.degradations import Rain, Scratches, Text
from keras_restore.degradations.text import ALPHABET

GRAY = tf.fill((4, 64, 80, 3), 0.5)
SEED = (2, 5)


@pytest.mark.parametrize("overlay", [Scratches(), Text(10)], ids=["scratches", "text"])
def test_mask(overlay):
    degraded, mask = overlay.with_mask(GRAY, SEED)
    assert mask.shape == (4, 64, 80, 1) and set(np.unique(mask)) == {0.0, 1.0}
    np.testing.assert_array_equal(degraded, overlay(GRAY, SEED))
    changed = np.any(degraded.numpy() != 0.5, axis=-1, keepdims=True)
    assert not np.any(changed & (mask.numpy() == 0))
    assert np.mean(changed[mask.numpy() == 1]) > 0.99
    assert degraded.numpy().min() >= 0 and degraded.numpy().max() <= 1


def test_a_scratch_is_pillows_line():
    """A straight scratch has the area, place and level of an antialiased line of Pillow."""
    scratch = Scratches(count=1, width=3, level=255, length=0.5, segments=1)
    parameters = {
        "count": tf.constant([1]),
        "start": tf.constant([[[[12.5, 10.5]]]]),
        "step": tf.constant([[[[30.0, 45.0]]]]),
        "width": tf.constant([[3.0]]),
        "level": tf.constant([[255.0]]),
    }
    found = scratch.apply(tf.zeros((1, 64, 80, 1)), parameters)[0, ..., 0].numpy()
    fine = Image.new("L", (80 * 8, 64 * 8))
    ends = (10.5 * 8, 12.5 * 8, 55.5 * 8, 42.5 * 8)
    ImageDraw.Draw(fine).line(ends, fill=255, width=3 * 8)
    expected = np.asarray(fine.reduce(8)) / 255
    assert found.max() == 1
    assert np.abs(found - expected)[14:41, 14:52].max() < 0.2
    assert abs(found.sum() - np.hypot(30, 45) * 3 - np.pi * 1.5**2) < 3


def test_a_scratch_begins_in_the_image_and_goes_on():
    drawn = Scratches(count=5, length=0.5).sample((100, 64, 80, 1), tf.constant(SEED))
    start, step = drawn["start"].numpy(), drawn["step"].numpy()
    assert (start[:, :, 0] >= 0).all() and (start[:, :, 0] <= (64, 80)).all()
    np.testing.assert_allclose(start[:, :, 1:], (start + step)[:, :, :-1], atol=1e-3)


def test_counts():
    parameters = Scratches(count=(0, 2)).sample((300, 8, 8, 1), tf.constant(SEED))
    assert set(parameters["count"].numpy()) == {0, 1, 2}
    none = {**parameters, "count": tf.zeros(300, tf.int32)}
    clean = tf.fill((300, 8, 8, 1), 0.5)
    np.testing.assert_array_equal(Scratches(count=(0, 2)).apply(clean, none), clean)


def text_parameters(words, center, angle, size=0):
    return {
        "count": tf.constant([1]),
        "size": tf.constant([[size]]),
        "characters": tf.constant([[len(words)]]),
        "glyphs": tf.constant([[[ALPHABET.index(c) for c in words]]]),
        "center": tf.constant([[center]], tf.float32),
        "angle": tf.constant([[angle]], tf.float32),
        "level": tf.constant([[[255.0]]]),
    }


def test_text_is_pillows():
    """Upright text, glyph by glyph, against Pillow's own drawing of the word."""
    text = Text(20, count=1, characters=4)
    found = text.apply(tf.zeros((1, 60, 120, 1)), text_parameters("Hamb", (30, 60), 0.0))
    font = ImageFont.load_default(20)
    canvas = Image.new("L", (120, 60))
    ImageDraw.Draw(canvas).text((60, 30), "Hamb", 255, font, anchor="mm")
    expected = np.asarray(canvas) / 255
    found = found[0, ..., 0].numpy()
    # The same ink, at most shifted by a pixel or two (Pillow centres on the font's box).
    assert abs(found.sum() / expected.sum() - 1) < 0.03
    shifts = [
        np.corrcoef(scipy.ndimage.shift(found, (y, x), order=1).ravel(), expected.ravel())[0, 1]
        for y in np.arange(-4, 4.1, 0.5)
        for x in np.arange(-2, 2.1, 0.5)
    ]
    assert max(shifts) > 0.93


def test_text_turns():
    """Turned text is the upright text, turned."""
    text = Text(20, count=1, characters=4)
    canvas = tf.zeros((1, 121, 121, 1))
    upright = text.apply(canvas, text_parameters("Hamb", (60.5, 60.5), 0.0))[0, ..., 0].numpy()
    for angle in (90, 180, -90):
        turned = text.apply(canvas, text_parameters("Hamb", (60.5, 60.5), float(angle)))
        np.testing.assert_allclose(turned[0, ..., 0], np.rot90(upright, angle // 90), atol=2e-3)
    tilted = text.apply(canvas, text_parameters("Hamb", (60.5, 60.5), 30.0))[0, ..., 0].numpy()
    expected = scipy.ndimage.rotate(upright, 30, reshape=False, order=1)
    assert np.corrcoef(tilted.ravel(), expected.ravel())[0, 1] > 0.97
    assert abs(tilted.sum() / upright.sum() - 1) < 0.02


def test_text_over_the_edge_and_gray():
    text = Text((10, 20), count=6, characters=8, angle=(0, 360))
    for channels in (1, 3):
        clean = tf.fill((2, 24, 20, channels), 0.5)
        degraded = text(clean, SEED)
        assert degraded.shape == clean.shape and np.any(degraded != clean)


def test_sizes_of_text():
    sizes = Text((10, 12), count=50).sample((1, 64, 64, 3), tf.constant(SEED))["size"]
    assert set(np.unique(sizes)) == {0, 1, 2}


def test_rain_is_lines():
    """The layer is the sum of the drawn lines, put down one at a time."""
    rain = Rain(density=0.002, length=15, width=1, angle=70, intensity=0.5, layers=1)
    shape = (1, 60, 70, 1)
    parameters = rain.sample(shape, tf.constant(SEED))
    starts = parameters["starts"][0, 0].numpy()
    assert 0 < np.count_nonzero(starts) < 40
    layer = np.zeros(starts.shape)
    y, x = np.mgrid[: starts.shape[0], : starts.shape[1]]
    angle = np.deg2rad(70)
    for row, column in np.argwhere(starts):
        along = (x - column) * np.cos(angle) - (y - row) * np.sin(angle)
        across = (x - column) * np.sin(angle) + (y - row) * np.cos(angle)
        line = np.clip(1 - np.abs(across), 0, 1) * np.clip(8 - np.abs(along), 0, 1)
        layer += starts[row, column] * line
    vertical, horizontal = rain.margins
    expected = 0.5 * np.minimum(layer, 1)[vertical:-vertical, horizontal:-horizontal]
    found = rain.apply(tf.zeros(shape), parameters)[0, ..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_blendings():
    clean = tf.random.stateless_uniform((2, 40, 50, 3), SEED)
    settings = {"layers": 1, "density": 0.01}
    added = Rain(**settings)(clean, SEED) - clean
    assert np.all(added >= -1e-6) and np.any(added > 0.1)
    # Rain is gray.
    np.testing.assert_allclose(added[..., 0], added[..., 2], atol=1e-6)
    screened = Rain(**settings, blending="screen")(clean, SEED)
    np.testing.assert_allclose(screened, 1 - (1 - clean) * (1 - added), atol=1e-5)
    assert np.all(screened <= 1)


def test_layers_and_images_draw_by_themselves():
    parameters = Rain(layers=3).sample((5, 20, 20, 3), tf.constant(SEED))
    for name in ("density", "length", "width", "angle", "intensity"):
        assert len(np.unique(parameters[name])) == 15


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Rain(layers=0), "`layers`"),
        (lambda: Rain(blending="multiply"), "`blending`"),
        (lambda: Rain(density=2), "`density`"),
        (lambda: Text(3), "`font_size`"),
        (lambda: Text(10.5), "`font_size`"),
        (lambda: Text(10, count=-1), "`count`"),
        (lambda: Scratches(width=-1), "`width`"),
        (lambda: Scratches(level=256), "`level`"),
        (lambda: Scratches(segments=0), "`segments`"),
        (lambda: Text(20)(tf.zeros((1, 64, 19, 1)), SEED), "larger than the image"),
    ],
)
def test_bad_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()
