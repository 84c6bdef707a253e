import numpy as np
import pytest
import scipy.ndimage
import skimage.transform

from keras_restore import ops

IMAGES = np.random.default_rng(0).random((2, 17, 20, 3)).astype("float32")
# SciPy's names are the other way round: its "reflect" repeats the edge.
MODES = {"reflect": "mirror", "symmetric": "reflect", "constant": "constant"}


@pytest.mark.parametrize("padding", MODES)
def test_gaussian_as_scipy(padding):
    found = ops.gaussian_filter2d(IMAGES, (9, 13), (1.0, 1.5), padding)
    for image, filtered in zip(IMAGES, found, strict=True):
        expected = scipy.ndimage.gaussian_filter(
            image, (1.0, 1.5, 0), mode=MODES[padding], radius=(4, 6, 0)
        )
        np.testing.assert_allclose(filtered, expected, atol=1e-5)


@pytest.mark.parametrize("padding", MODES)
@pytest.mark.parametrize("shape", [(3, 3), (5, 3)])
def test_median_as_scipy(padding, shape):
    found = ops.median_filter2d(IMAGES, shape, padding)
    for image, filtered in zip(IMAGES, found, strict=True):
        expected = scipy.ndimage.median_filter(image, (*shape, 1), mode=MODES[padding])
        np.testing.assert_array_equal(filtered, expected)


def test_median_of_an_even_number():
    """The mean of the two middle values, as `numpy.median`."""
    found = np.asarray(ops.median_filter2d(IMAGES, (2, 2), "constant"))
    windows = np.lib.stride_tricks.sliding_window_view(IMAGES, (2, 2), axis=(1, 2))
    np.testing.assert_allclose(found[:, :-1, :-1], np.median(windows, axis=(-2, -1)), atol=1e-7)


def test_sigma_zero_changes_nothing():
    np.testing.assert_allclose(ops.gaussian_filter2d(IMAGES, 3, 0.0), IMAGES, atol=1e-7)


def test_rotation_as_scikit_image():
    angles = np.array([0.3, -1.2], "float32")
    found = ops.rotate(IMAGES, angles, interpolation="bilinear")
    for image, turned, angle in zip(IMAGES, found, angles, strict=True):
        expected = skimage.transform.rotate(image, np.rad2deg(angle), order=1, mode="constant")
        np.testing.assert_allclose(turned, expected, atol=1e-3)
    quarter = ops.rotate(IMAGES[:, :, :17], np.pi / 2)
    np.testing.assert_array_equal(quarter, np.rot90(IMAGES[:, :, :17], axes=(1, 2)))


def test_translation_as_scipy():
    moved = ops.translate(IMAGES, (2.5, -1.25), interpolation="bilinear", fill_value=0.0)
    for image, found in zip(IMAGES, moved, strict=True):
        expected = scipy.ndimage.shift(
            image, (-1.25, 2.5, 0), order=1, mode="grid-constant", prefilter=False
        )
        np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_array_equal(
        np.asarray(ops.translate(IMAGES, (3, 2)))[:, 2:, 3:], IMAGES[:, :-2, :-3]
    )


def test_bad_padding():
    for function in (ops.gaussian_filter2d, ops.median_filter2d):
        with pytest.raises(ValueError, match="`padding` must be one of"):
            function(IMAGES, padding="wrap")
    with pytest.raises(ValueError, match="`sigma`"):
        ops.gaussian_filter2d(IMAGES, sigma=-1)
