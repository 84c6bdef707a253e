import numpy as np
import pytest
import tensorflow as tf
from imresize import imresize, imresize_axis

from keras_restore import ops


@pytest.mark.parametrize("scale", [2, 3, 4, 1 / 2, 1 / 3, 1 / 4, 1.5])
@pytest.mark.parametrize("shape", [(24, 12, 3), (23, 17, 1)])
def test_equal_to_imresize(scale, shape):
    image = np.random.default_rng(0).random(shape)
    expected = imresize(image, scale)
    np.testing.assert_allclose(ops.resize_bicubic(image, scale), expected, atol=1e-12)
    graph = tf.function(
        lambda x: ops.resize_bicubic(x, scale), [tf.TensorSpec([None, None, None, None])]
    )
    np.testing.assert_allclose(graph(image[None].astype("float32"))[0], expected, atol=1e-5)


@pytest.mark.parametrize("size", [(9, 11), (30, 8), (19, 50)])
def test_equal_to_imresize_by_size(size):
    image = np.random.default_rng(1).random((19, 25, 3))
    expected = imresize(image, size=size)
    np.testing.assert_allclose(ops.resize_bicubic(image, size=size), expected, atol=1e-12)
    graph = tf.function(
        lambda x: ops.resize_bicubic(x, size=size), [tf.TensorSpec([None, None, None, 3])]
    )
    np.testing.assert_allclose(graph(image[None].astype("float32"))[0], expected, atol=1e-5)


def test_image_smaller_than_the_support():
    image = np.random.default_rng(2).random((3, 2, 1))
    np.testing.assert_allclose(ops.resize_bicubic(image, 1 / 4), imresize(image, 1 / 4), atol=1e-12)


def test_large_images_keep_their_precision():
    """Positions beyond 2^12 pixels are still exact in a graph of unknown size."""
    row = np.random.default_rng(3).random((1, 5001, 1))
    graph = tf.function(
        lambda x: ops.resize_bicubic(x, size=(1, 1003)), [tf.TensorSpec([1, None, None, 1])]
    )
    expected = imresize_axis(row, 1, 1003 / 5001, 1003)
    np.testing.assert_allclose(graph(row[None].astype("float32"))[0], expected, atol=1e-5)


def test_errors():
    image = np.zeros((4, 4, 1))
    for arguments in ({}, {"scale": 2, "size": (2, 2)}, {"scale": 0}, {"size": (0, 3)}):
        with pytest.raises(ValueError, match="scale|size"):
            ops.resize_bicubic(image, **arguments)
