import numpy as np
import pytest
import scipy.integrate
import scipy.ndimage
import tensorflow as tf

from keras_restore import ops


def fspecial_motion(length, theta):
    """`fspecial("motion", length, theta)`: a quadrant of distances, turned and joined."""
    eps = np.finfo(float).eps
    half, phi = (length - 1) / 2, np.deg2rad(theta % 180)
    cosine, sine = np.cos(phi), np.sin(phi)
    sign = int(np.sign(cosine)) or 1
    end_x = int(np.fix(half * cosine + sign - length * eps))
    end_y = int(np.fix(half * sine + 1 - length * eps))
    x, y = np.meshgrid(np.arange(0, end_x + sign, sign), np.arange(0, end_y + 1))
    distance = y * cosine - x * sine
    last = (np.hypot(x, y) >= half) & (np.abs(distance) <= 1)
    rest = half - np.abs((x[last] + distance[last] * sine) / cosine)
    distance[last] = np.hypot(distance[last], rest)
    weight = np.maximum(1 + eps - np.abs(distance), 0)
    rows, columns = weight.shape
    kernel = np.zeros((2 * rows - 1, 2 * columns - 1))
    kernel[:rows, :columns] = np.rot90(weight, 2)
    kernel[rows - 1 :, columns - 1 :] = weight
    kernel /= kernel.sum()
    return np.flipud(kernel) if cosine > 0 else kernel


def disk_by_integration(radius, size):
    """The share of each pixel that lies in the disk, by numerical integration."""
    half = size // 2
    kernel = np.zeros((size, size))
    for i in range(-half, half + 1):
        for j in range(-half, half + 1):

            def height(x, i=i):
                reach = np.sqrt(max(radius**2 - x**2, 0.0))
                return max(min(i + 0.5, reach) - max(i - 0.5, -reach), 0.0)

            kernel[i + half, j + half] = scipy.integrate.quad(
                height, j - 0.5, j + 0.5, epsabs=1e-10, limit=200
            )[0]
    return kernel / kernel.sum()


@pytest.mark.parametrize("radius", [0.3, 0.6, 1.5, 4])
def test_disk(radius):
    kernel = ops.disk_kernel(radius)
    expected = disk_by_integration(radius, kernel.shape[0])
    np.testing.assert_allclose(kernel, expected, atol=1e-8)
    np.testing.assert_allclose(
        ops.disk_kernel(tf.constant([radius]), 11)[0],
        disk_by_integration(radius, 11),
        atol=1e-6,
    )


def test_disk_of_matlab():
    """MATLAB prints fspecial("disk", 1) as 0.0251 0.1453 0.0251; 0.1453 0.3183 0.1453; ..."""
    expected = [[0.0251, 0.1453, 0.0251], [0.1453, 0.3183, 0.1453], [0.0251, 0.1453, 0.0251]]
    np.testing.assert_allclose(ops.disk_kernel(1), expected, atol=5e-5)


@pytest.mark.parametrize("length", [1, 9, 9.5, 20])
@pytest.mark.parametrize("angle", [0, 10, 45, 90, 120])
def test_motion(length, angle):
    expected = fspecial_motion(length, angle)
    rows, columns = ((25 - n) // 2 for n in expected.shape)
    expected = np.pad(expected, [(rows, rows), (columns, columns)])
    np.testing.assert_allclose(ops.motion_kernel(length, angle, 25), expected, atol=1e-9)
    batched = ops.motion_kernel(tf.constant([length, 2.0]), tf.constant([angle, 3.0]), 25)
    np.testing.assert_allclose(batched[0], expected, atol=1e-6)
    # Beside 90 degrees, rounding gives MATLAB's own kernel an empty column on either side.
    kernel = ops.motion_kernel(length, angle)
    kernel, expected = (
        k[(k > 1e-9).any(axis=1)][:, (k > 1e-9).any(axis=0)] for k in (kernel, expected)
    )
    np.testing.assert_allclose(kernel, expected, atol=1e-9)


@pytest.mark.parametrize("sigma", [0.5, 1.6, 4])
def test_gaussian(sigma):
    taps = ops.gaussian_taps(sigma)
    half = len(taps) // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    expected = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    np.testing.assert_allclose(np.outer(taps, taps), expected / expected.sum(), atol=1e-12)
    batched = ops.gaussian_taps(tf.constant([sigma, 1.0]), len(taps))
    np.testing.assert_allclose(batched[0], taps, atol=1e-6)


def test_zero_strength_is_the_identity():
    for kernel in (ops.disk_kernel(0, 3), ops.motion_kernel(1, 30, 3)):
        np.testing.assert_array_equal(kernel, [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(ops.gaussian_taps(0, 3), [0, 1, 0])


def test_even_sizes_are_refused():
    for call in (lambda: ops.gaussian_taps(1, 4), lambda: ops.disk_kernel(2, (5, 4))):
        with pytest.raises(ValueError, match="odd"):
            call()


BORDERS = {"symmetric": "reflect", "zero": "constant", "circular": "wrap"}


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shape", [(2, 16, 11, 3), (3, 5, 8, 1)])
def test_convolution_is_scipys(border, shape):
    random = np.random.default_rng(0)
    images = random.random(shape).astype("float32")
    kernels = random.random((shape[0], 7, 5)).astype("float32")
    taps = random.random((shape[0], 9)).astype("float32")
    for found, kernel in (
        (ops.convolve(tf.constant(images), kernels, border), kernels),
        (
            ops.convolve_separable(tf.constant(images), taps, border),
            taps[:, :, None] * taps[:, None],
        ),
    ):
        for i, image in enumerate(images):
            expected = scipy.ndimage.convolve(image, kernel[i][..., None], mode=BORDERS[border])
            np.testing.assert_allclose(found[i], expected, rtol=2e-5)
