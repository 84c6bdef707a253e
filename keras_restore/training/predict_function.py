"""A model as a function of arrays."""

import numpy as np
import tensorflow as tf

from keras_restore.models.noise_level import takes_sigma


def predict_function(model):
    """Makes of a model in inference mode a function of arrays, traced once for all sizes.

    Args:
        model: A `keras.Model` of one input image, and perhaps of "sigma" beside it.

    Returns:
        Function from a float32 batch, and for a network that takes it from the noise level in grey
        levels, to the model's output, or outputs, as arrays; it follows the model's weights when
        they change.

    Example:

    >>> restored = predict_function(model)(degraded)
    """
    shapes = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, tf.float32), model.input)
    graph = tf.function(lambda x: model(x, training=False), input_signature=[shapes])

    def predict(degraded, sigma=None):
        x = degraded
        if takes_sigma(model):
            x = {"degraded": degraded, "sigma": np.full((1, 1, 1, 1), sigma, np.float32)}
        return tf.nest.map_structure(lambda y: y.numpy(), graph(x))

    return predict
