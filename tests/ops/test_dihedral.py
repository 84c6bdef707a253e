import numpy as np
import pytest
import tensorflow as tf

from keras_restore import ops


def test_eight_different_and_as_numpy():
    patches = np.random.default_rng(0).random((8, 5, 5, 3)).astype("float32")
    index = np.arange(8)
    found = ops.dihedral(patches, index)
    for i, patch in enumerate(patches):
        expected = patch.transpose(1, 0, 2) if i & 4 else patch
        expected = np.flipud(expected) if i & 2 else expected
        expected = np.fliplr(expected) if i & 1 else expected
        np.testing.assert_array_equal(found[i], expected)
        np.testing.assert_array_equal(ops.dihedral(patches, i)[i], expected)
    same = ops.dihedral(np.repeat(patches[:1], 8, axis=0), index)
    assert len({image.tobytes() for image in same}) == 8


def test_inverse_of_each():
    patches = np.random.default_rng(1).random((8, 6, 6, 1))
    index = np.arange(8)
    np.testing.assert_array_equal(
        ops.dihedral_inverse(ops.dihedral(patches, index), index), patches
    )
    wide = patches[:, :, :4]
    for i in range(8):
        np.testing.assert_array_equal(ops.dihedral_inverse(ops.dihedral(wide, i), i), wide)


def test_graph_with_unknown_sizes():
    patches = np.random.default_rng(2).random((8, 4, 4, 1)).astype("float32")
    graph = tf.function(
        lambda x, i: ops.dihedral_inverse(ops.dihedral(x, i), i),
        [tf.TensorSpec([None, None, None, 1]), tf.TensorSpec([None], tf.int64)],
    )
    np.testing.assert_array_equal(graph(patches, np.arange(8)[::-1]), patches)


def test_rectangles_need_one_index():
    with pytest.raises(ValueError, match="square"):
        ops.dihedral(np.zeros((2, 4, 5, 1)), np.array([0, 1]))
