"""Keras' own file."""

from keras_restore.complete_path import complete_path
from keras_restore.export.float32_copy import float32_copy


def keras_file(model, path):
    """Writes a `.keras` file, in float32.

    Args:
        model: A functional `keras.Model`.
        path: File to write; it appears only when complete.

    Raises:
        ValueError: If the model is not functional.

    Example:

    >>> keras_restore.export.keras_file(model, "model.keras")
    """
    model = float32_copy(model)
    with complete_path(path) as partial:
        model.save(partial)
