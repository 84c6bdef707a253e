import numpy as np
import pytest
import scipy.ndimage
import skimage.data
import tensorflow as tf

from keras_restore import ops
from keras_restore.degradations import Blur, DiskBlur, GaussianBlur, MotionBlur

MODES = {"symmetric": "reflect", "zero": "constant", "circular": "wrap"}


def photo():
    return (skimage.data.astronaut()[100:157, 180:241] / 255.0).astype("float32")


@pytest.mark.parametrize("border", MODES)
def test_as_scipy(border):
    image = photo()
    for blur, kernel in (
        (GaussianBlur(1.6, border=border), np.outer(*[ops.gaussian_taps(1.6)] * 2)),
        (DiskBlur(3.5, border=border), ops.disk_kernel(3.5)),
        (MotionBlur(11, 30, border=border), ops.motion_kernel(11, 30)),
    ):
        found = blur(tf.constant(image[None]), (0, 0))[0]
        expected = scipy.ndimage.convolve(image, kernel[..., None], mode=MODES[border])
        np.testing.assert_allclose(found, expected, atol=2e-6)


def test_given_kernels_one_an_image():
    kernels = np.zeros((3, 5, 3), "float32")
    for i in range(3):
        kernels[i, i, 2 - i] = 1
    batch = np.repeat(photo()[None], 40, axis=0)
    found = Blur(kernels, "circular")(tf.constant(batch), (0, 1)).numpy()
    shifted = [scipy.ndimage.convolve(photo(), k[..., None], mode="wrap") for k in kernels]
    matches = np.array([[np.allclose(f, s) for s in shifted] for f in found])
    assert (matches.sum(axis=1) == 1).all() and (matches.sum(axis=0) > 0).all()


def test_ranges_are_drawn_for_each_image():
    batch = tf.constant(np.repeat(photo()[None], 5, axis=0))
    for blur in (GaussianBlur((0.5, 3)), DiskBlur((1, 4)), MotionBlur((3, 15))):
        found = blur(batch, (2, 3)).numpy()
        assert len({image.tobytes() for image in found}) == 5
        parameters = blur.sample((5, 57, 61, 3), tf.constant([2, 3]))
        single = {k: v[2:3] for k, v in parameters.items()}
        np.testing.assert_allclose(blur.apply(batch[:1], single)[0], found[2], atol=1e-6)


def test_size_of_a_gaussian():
    """`fspecial("gaussian", 3, 1)` to the border of a point."""
    point = np.zeros((1, 7, 7, 1), "float32")
    point[0, 3, 3] = 1
    found = GaussianBlur(1.0, size=3)(tf.constant(point), (0, 0))[0, ..., 0].numpy()
    y, x = np.mgrid[-1:2, -1:2]
    expected = np.exp(-(x**2 + y**2) / 2)
    np.testing.assert_allclose(found[2:5, 2:5], expected / expected.sum(), atol=1e-6)
    assert np.count_nonzero(found) == 9


def test_a_kernel_that_changes_the_brightness_is_allowed_and_said():
    with pytest.warns(UserWarning, match="sums to 2"):
        blur = Blur(np.full((1, 1), 2.0))
    image = tf.constant(photo()[None])
    np.testing.assert_allclose(blur(image, (0, 0)), 2 * image)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Blur(np.ones((4, 3)) / 12), "odd"),
        (lambda: Blur(np.ones(9) / 9), "`kernels` must be of shape"),
        (lambda: Blur(np.full((3, 3), np.nan)), "finite"),
        (lambda: Blur(np.ones((1, 1)), border="mirror"), "`border` must be one of"),
        (lambda: GaussianBlur(-1), "`sigma`"),
        (lambda: GaussianBlur(1, size=4), "`size` must be a positive odd"),
        (lambda: DiskBlur(-1), "`radius`"),
        (lambda: MotionBlur(0.5), "`length`"),
        (lambda: MotionBlur(5, "up"), "`angle`"),
    ],
)
def test_bad_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()
