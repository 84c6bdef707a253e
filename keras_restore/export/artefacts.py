"""The folder of a finished model: the files of every format, and the card."""

import dataclasses
import pathlib

from keras_restore.complete_path import complete_path
from keras_restore.export.float32_copy import float32_copy
from keras_restore.export.saved_model import check_backend, saved_model
from keras_restore.export.tflite import tflite
from keras_restore.export.verify import verify
from keras_restore.graph import geometry
from keras_restore.inference.card import Card, write_card
from keras_restore.machine import versions


def write_artefacts(model, folder, card=None):
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

    >>> write_artefacts(model, "savedmodels/mine", Card(task="gray denoising", sigma=25))
    """
    check_backend()
    folder = pathlib.Path(folder)
    model = float32_copy(model)
    with complete_path(folder / "model.keras") as partial:
        model.save(partial)
    saved_model(model, folder / "saved_model")
    tflite(model, folder / "model.tflite")
    card = dataclasses.replace(
        card or Card(),
        geometry=geometry(model),
        parameters=model.count_params(),
        files={
            name: {
                "bytes": file_size(folder / name),
                "largest_difference": verify(model, folder / name),
            }
            for name in ("model.keras", "saved_model", "model.tflite")
        },
        versions=versions(),
    )
    write_card(card, folder)
    return card


def file_size(path):
    """Returns the bytes of a file, or of all files below a folder."""
    path = pathlib.Path(path)
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
