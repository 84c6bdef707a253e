"""Sizes that may be unknown in a graph."""

import tensorflow as tf


def known_shape(images):
    """Returns the shape of a tensor as a tuple: integers where known, else scalar tensors."""
    sizes = tf.shape(images)
    return tuple(sizes[i] if n is None else n for i, n in enumerate(images.shape))
