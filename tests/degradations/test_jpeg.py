import io

import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from PIL import Image

from keras_restore.degradations import Jpeg

QUALITIES = (5, 10, 20, 30, 40, 60, 80, 95)
PHOTOS = {
    # Sizes that are no multiples of 8 or 16, and odd.
    "chelsea": lambda: skimage.data.chelsea()[:275, :333],
    "astronaut": lambda: skimage.data.astronaut()[:256, 100:356],
    "coffee": lambda: skimage.data.coffee()[101:290, 210:410],
}


def libjpeg(pixels, quality, subsampling):
    file = io.BytesIO()
    squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    codes = {"4:4:4": 0, "4:2:0": 2}
    Image.fromarray(squeezed).save(
        file, "JPEG", quality=quality, subsampling=codes[subsampling] if squeezed.ndim == 3 else -1
    )
    return np.asarray(Image.open(file)).reshape(pixels.shape)


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))


def check(pixels, subsampling, agreement=50):
    """All qualities as one batch, an image each."""
    clean = np.repeat(pixels[None] / np.float32(255), len(QUALITIES), axis=0)
    jpeg = Jpeg((1, 100), subsampling)
    found = jpeg.apply(tf.constant(clean), {"quality": tf.constant(QUALITIES)}).numpy() * 255
    for image, quality in zip(found, QUALITIES, strict=True):
        expected = libjpeg(pixels, quality, subsampling)
        assert abs(psnr(pixels, image) - psnr(pixels, expected)) < 0.05, quality
        assert psnr(image, expected) > agreement, quality


@pytest.mark.parametrize("photo", PHOTOS)
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
def test_rgb_as_libjpeg(photo, subsampling):
    check(PHOTOS[photo](), subsampling)


def test_gray_as_libjpeg():
    for photo in (skimage.data.camera()[:301, 100:399], PHOTOS["chelsea"]()[..., 1]):
        check(photo[..., None], "4:2:0")


@pytest.mark.slow
def test_shared_images_as_libjpeg(shared_data):
    paths = sorted((shared_data / "test" / "Classic5").iterdir())
    for path in paths:
        check(np.asarray(Image.open(path).convert("L"))[..., None], "4:2:0")
    for path in sorted((shared_data / "test" / "Set5").iterdir()):
        pixels = np.asarray(Image.open(path).convert("RGB"))
        check(pixels, "4:2:0", agreement=40)
        check(pixels, "4:4:4", agreement=45)


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (7, 6), (16, 17), (8, 40)])
def test_small_images(shape):
    """Where the blocks are mostly padding, and the edge is no small share."""
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    for subsampling in ("4:4:4", "4:2:0"):
        found = Jpeg(60, subsampling)(tf.constant(pixels[None] / np.float32(255)), (0, 0))
        expected = libjpeg(pixels, 60, subsampling)
        assert np.mean(np.abs(found[0] * 255 - expected)) < 0.05


def test_8_bits():
    clean = tf.random.stateless_uniform((2, 17, 19, 3), (0, 0))
    levels = Jpeg(50)(clean, (0, 0)).numpy() * 255
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-4)
    rounded = tf.round(clean * 255) / 255
    np.testing.assert_array_equal(Jpeg(50)(rounded, (0, 0)), Jpeg(50)(clean, (0, 0)))


def test_gradients():
    clean = tf.random.stateless_uniform((2, 17, 19, 3), (0, 0), 0.2, 0.8)
    for straight_through in (False, True):
        for subsampling in ("4:4:4", "4:2:0"):
            with tf.GradientTape() as tape:
                tape.watch(clean)
                loss = tf.reduce_sum(Jpeg(90, subsampling, straight_through)(clean, (0, 0)))
            gradient = tape.gradient(loss, clean)
            if not straight_through:
                assert gradient is None or not np.any(gradient)
            else:
                # The sum of all values is nearly kept, and so is its gradient.
                assert np.all(np.isfinite(gradient))
                assert 0.7 < np.mean(gradient) < 1.1
    assert not Jpeg(90).straight_through
    same = Jpeg(90, straight_through=True)(clean, (0, 0))
    np.testing.assert_allclose(same, Jpeg(90)(clean, (0, 0)), atol=1e-6)


def test_quality_is_drawn_for_each_image():
    qualities = Jpeg((5, 7)).sample((600, 8, 8, 1), tf.constant([0, 1]))["quality"].numpy()
    counts = np.bincount(qualities, minlength=9)
    assert counts[5:8].sum() == 600
    assert np.abs(counts[5:8] - 200).max() < 5 * np.sqrt(600 / 3 * 2 / 3)


@pytest.mark.parametrize("quality", [0, 101, (5, 101), (0, 5), (9, 5), 10.5, "10", True])
def test_bad_quality(quality):
    with pytest.raises(ValueError, match="`quality` must be .*Received"):
        Jpeg(quality)


def test_bad_subsampling():
    with pytest.raises(ValueError, match="`subsampling` must be one of"):
        Jpeg(10, "4:1:1")
