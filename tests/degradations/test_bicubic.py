import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from imresize import imresize

from keras_restore.degradations import BicubicDownsample, BicubicDownUp


def photo(height, width):
    return skimage.data.astronaut()[100 : 100 + height, 180 : 180 + width] / 255.0


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("shape", [(24, 36), (37, 29)])
def test_as_imresize(scale, shape):
    image = photo(*shape)
    batch = tf.constant(image[None], tf.float32)
    low = imresize(image, 1 / scale)
    np.testing.assert_allclose(BicubicDownsample(scale)(batch, (0, 0))[0], low, atol=1e-5)
    again = imresize(low, size=shape)
    np.testing.assert_allclose(BicubicDownUp(scale)(batch, (0, 0))[0], again, atol=1e-5)
    rounded = np.rint(np.clip(low, 0, 1) * 255) / 255
    found = BicubicDownsample(scale, round_to_8_bits=True)(batch, (0, 0))[0]
    np.testing.assert_allclose(found, rounded, atol=1e-6)
    found = BicubicDownUp(scale, round_to_8_bits=True)(batch, (0, 0))[0]
    np.testing.assert_allclose(found, imresize(rounded, size=shape), atol=1e-5)


def test_a_scale_for_each_image():
    image = photo(31, 26)
    batch = tf.constant(np.repeat(image[None], 8, axis=0), tf.float32)
    expected = {scale: imresize(imresize(image, 1 / scale), size=(31, 26)) for scale in (2, 3, 4)}
    mixed = BicubicDownUp((2, 4))
    scales = mixed.sample((8, 31, 26, 3), tf.constant([0, 1]))["scale"].numpy()
    assert set(scales) == {2, 3, 4}
    for found, scale in zip(mixed(batch, (0, 1)), scales, strict=True):
        np.testing.assert_allclose(found, expected[scale], atol=1e-5)


@pytest.mark.parametrize("kind", [BicubicDownsample, BicubicDownUp])
def test_bad_settings(kind):
    for scale in (0, 1.5, "2", -3):
        with pytest.raises(ValueError, match="`scale` must be .*Received"):
            kind(scale)
    with pytest.raises(ValueError, match="`scale` must not be larger than the image"):
        kind(5)(tf.zeros((1, 3, 9, 1)), (0, 0))
