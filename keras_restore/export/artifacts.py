"""The folder of a finished model: the files of every format, and the card."""

import dataclasses

from keras_restore.export.float32_copy import float32_copy
from keras_restore.export.formats import FORMATS
from keras_restore.export.saved_model import check_backend
from keras_restore.graph import geometry
from keras_restore.inference.card import Card, write_card
from keras_restore.machine import versions

ARTIFACTS = ("keras", "saved_model", "float32")


def write_artifacts(model, folder, card=None):
    """Writes `model.keras`, `saved_model/`, `model.tflite` and `card.json` into a folder.

    Every file is complete before it appears under its name, and is then run once against the
    Keras model; the card, written last, records what came out.

    Args:
        model: A functional `keras.Model` under the TensorFlow backend. One trained in mixed
            precision is written in float32.
        folder: Folder to write into; created where needed.
        card: `Card` of what the caller knows: task, training, results.

    Returns:
        The `Card` that was written: `card` with geometry, parameters, files and versions.

    Raises:
        ValueError: If the model cannot be exported.

    Example:

    >>> write_artifacts(model, "savedmodels/mine", Card(task="gray denoising", sigma=25))
    """
    check_backend()
    model = float32_copy(model)
    written = [FORMATS[name].export(model, folder) for name in ARTIFACTS]
    card = dataclasses.replace(
        card or Card(),
        geometry=geometry(model),
        parameters=model.count_params(),
        files={path.name: row for path, row in written},
        versions=versions(),
    )
    write_card(card, folder)
    return card
