import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from PIL import Image

from keras_restore.degradations import BicubicDownUp, Resize

PILLOW = {"linear": Image.Resampling.BILINEAR, "cubic": Image.Resampling.BICUBIC}
KERNELS = ("box", *PILLOW)


def area(plane, size):
    """The mean over each new pixel's area, from differences of the integral."""
    for length in size[::-1]:
        integral = np.concatenate([np.zeros((1, plane.shape[1])), np.cumsum(plane, axis=0)])
        edges = np.linspace(0, plane.shape[0], length + 1)
        at_edges = [np.interp(edges, np.arange(len(integral)), column) for column in integral.T]
        plane = np.diff(at_edges, axis=1) * length / plane.shape[0]
    return plane


def resized(plane, size, kernel):
    """A plane at (width, height) by Pillow's antialiased resampling in float, or by areas."""
    if kernel == "box":
        return area(plane, size).astype(np.float32)
    return np.asarray(Image.fromarray(plane).resize(size, PILLOW[kernel]))


def there_and_back(image, factor, kernels):
    height, width = image.shape[:2]
    between = round(width * factor), round(height * factor)
    planes = [
        resized(resized(plane, between, kernels[0]), (width, height), kernels[1])
        for plane in np.moveaxis(image, -1, 0)
    ]
    return np.stack(planes, axis=-1)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("factor", [0.25, 0.4, 0.77, 1.3, 2])
def test_equals_independent_resampling(kernel, factor):
    clean = skimage.data.astronaut()[:48, 100:150].astype(np.float32)[None] / 255
    found = Resize(factor, [kernel])(clean, (0, 0)).numpy()
    expected = there_and_back(clean[0], factor, (kernel, kernel))
    np.testing.assert_allclose(found[0], expected, atol=2e-5)


def test_each_image_draws_its_own():
    clean = np.repeat(skimage.data.astronaut()[None, :40, 100:140], 6, axis=0) / np.float32(255)
    resize = Resize((0.3, 1.5))
    parameters = resize.sample(clean.shape, tf.constant([5, 6]))
    found = resize(clean, (5, 6))
    for i in range(6):
        factor = float(parameters["factor"][i])
        kernels = [KERNELS[index] for index in parameters["kernels"][i]]
        expected = there_and_back(clean[i], factor, kernels)
        np.testing.assert_allclose(found[i], expected, atol=2e-5)
    assert len(set(parameters["factor"].numpy())) == 6
    assert len(np.unique(parameters["kernels"])) == 3


def test_one_half_and_back_is_near_matlab_s():
    """Which mirrors the image at its border; inside they are the same."""
    clean = skimage.data.astronaut()[None, :60, 100:160] / np.float32(255)
    found = Resize(0.5, ["cubic"])(clean, (0, 0))[0, 10:-10, 10:-10]
    expected = BicubicDownUp(2)(clean, (0, 0))[0, 10:-10, 10:-10]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((0,), "factor"), ((9,), "factor"), ((1, ["sinc"]), "kernels"), ((1, []), "kernels")],
)
def test_bad_arguments(arguments, name):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received"):
        Resize(*arguments)
