"""A model as a function of arrays."""

import tensorflow as tf


def predict_function(model):
    """Makes of a model in inference mode a function of arrays, traced once for all sizes.

    Args:
        model: A `keras.Model` of one input.

    Returns:
        Function from a float32 batch to the model's output, or outputs, as arrays; it follows the
        model's weights when they change.

    Example:

    >>> restored = predict_function(model)(degraded)
    """
    shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    graph = tf.function(lambda x: model(x, training=False), input_signature=[shape])
    return lambda x: tf.nest.map_structure(lambda y: y.numpy(), graph(x))
