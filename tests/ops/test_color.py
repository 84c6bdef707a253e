import numpy as np
import pytest
import skimage.color
import tensorflow as tf

from keras_restore import ops


def test_equal_to_scikit_image():
    rgb = np.random.default_rng(0).random((2, 5, 4, 3))
    ycbcr = ops.rgb_to_ycbcr(rgb)
    np.testing.assert_allclose(ycbcr * 255, skimage.color.rgb2ycbcr(rgb), atol=1e-9)
    np.testing.assert_array_equal(ops.rgb_to_luma(rgb), ycbcr[..., :1])
    np.testing.assert_allclose(ops.ycbcr_to_rgb(ycbcr), rgb, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_kind_and_type_are_kept(dtype):
    rgb = np.random.default_rng(0).random((3, 3, 3)).astype(dtype)
    assert isinstance(ops.rgb_to_ycbcr(rgb), np.ndarray)
    for function in (ops.rgb_to_ycbcr, ops.ycbcr_to_rgb, ops.rgb_to_luma):
        tensor = function(tf.constant(rgb))
        assert function(rgb).dtype == dtype == tensor.dtype.name
        np.testing.assert_allclose(tensor, function(rgb), atol=1e-6 if dtype != "float16" else 4e-3)


def test_errors():
    with pytest.raises(ValueError, match="3 channels"):
        ops.rgb_to_luma(np.zeros((4, 4, 1)))
    with pytest.raises(ValueError, match="floating-point"):
        ops.rgb_to_luma(np.zeros((4, 4, 3), np.uint8))
