"""Equal to Keras' own layer, and traceable where that is not."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_restore.layers import BilinearUpsampling


@pytest.mark.parametrize("factor", [1, 2, 3, 8])
def test_equals_the_bilinear_layer_of_keras(factor):
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype(np.float32)
    expected = keras.layers.UpSampling2D(factor, interpolation="bilinear")(x)
    np.testing.assert_allclose(BilinearUpsampling(factor)(x), expected, atol=1e-6)


def test_traced_with_unknown_sizes():
    layer = BilinearUpsampling(8)
    x = np.random.default_rng(0).normal(size=(1, 3, 2, 2)).astype(np.float32)
    traced = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 2))])
    np.testing.assert_array_equal(traced(x), layer(x))


def test_bad_factor():
    with pytest.raises(ValueError, match="`factor` must be a positive integer"):
        BilinearUpsampling(0)
