"""TensorFlow SavedModel."""

import keras

from keras_restore.complete_path import complete_path
from keras_restore.export.float32_copy import float32_copy


def saved_model(model, path):
    """Writes a SavedModel folder for TensorFlow Serving and `tf.saved_model.load`.

    The endpoint `serve` takes `(batch, height, width, channels)` of any batch and size. A model
    trained in mixed precision is written in float32.

    Args:
        model: A functional `keras.Model` under the TensorFlow backend.
        path: Folder to write; it appears only when complete, and replaces an older one.

    Raises:
        ValueError: If the model is not functional, or the backend is not TensorFlow.

    Example:

    >>> keras_restore.export.saved_model(model, "savedmodels/mine/saved_model")
    >>> loaded = tf.saved_model.load("savedmodels/mine/saved_model")
    >>> restored = loaded.serve(degraded)
    """
    check_backend()
    model = float32_copy(model)
    with complete_path(path) as partial:
        model.export(str(partial), format="tf_saved_model", verbose=False)


def check_backend():
    """Raises a `ValueError` if Keras does not run on TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Export needs the TensorFlow backend: set KERAS_BACKEND=tensorflow and load the "
            f"model again. Received: backend={keras.backend.backend()!r}"
        )
