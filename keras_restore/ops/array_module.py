"""NumPy for NumPy arrays, Keras for tensors."""

import numpy as np


def array_module(images):
    """Returns the module whose functions fit `images`: `numpy`, or `keras.ops`.

    Keras is imported only when a tensor comes, so NumPy callers need none.

    Args:
        images: NumPy array, or a tensor of the Keras backend.

    Returns:
        The module.
    """
    if isinstance(images, np.ndarray):
        return np
    from keras import ops

    return ops
