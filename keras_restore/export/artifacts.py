"""The folder of a finished model: the files of every format, and the card."""

import dataclasses
import os
import pathlib
import subprocess
import sys

import keras

from keras_restore.export.float32_copy import float32_copy
from keras_restore.export.formats import FORMATS
from keras_restore.export.keras_file import keras_file
from keras_restore.graph import geometry
from keras_restore.inference.card import Card, read_card, write_card
from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.machine import versions

ARTIFACTS = ("keras", "saved_model", "float32")
# What a process with the TensorFlow backend does for one with another.
AGAIN = """
import sys
from keras_restore import export, inference
from keras_restore.inference.keras_predictor import load_file
export.write_artifacts(load_file(sys.argv[1]), sys.argv[2], inference.read_card(sys.argv[2]))
"""


def write_artifacts(model, folder, card=None):
    """Writes `model.keras`, `saved_model/`, `model.tflite` and `card.json` into a folder.

    Every file is complete before it appears under its name, and is then run once against the
    Keras model; the card, written last, records what came out.

    Under another backend than TensorFlow's, a process with TensorFlow's does it.

    Args:
        model: A functional `keras.Model`. One trained in mixed precision is written in float32.
        folder: Folder to write into; created where needed.
        card: `Card` of what the caller knows: task, training, results.

    Returns:
        The `Card` that was written: `card` with geometry, parameters, files and versions.

    Raises:
        ValueError: If the model cannot be exported.

    Example:

    >>> write_artifacts(model, "savedmodels/mine", Card(task="gray denoising", sigma=25))
    """
    if keras.backend.backend() != "tensorflow":
        return _under_tensorflow(model, folder, card)
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


def _under_tensorflow(model, folder, card):
    path = pathlib.Path(folder) / KerasPredictor.FILE
    keras_file(model, path)
    write_card(card or Card(), folder)
    done = subprocess.run(
        [sys.executable, "-P", "-c", AGAIN, str(path), str(folder)],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise ValueError(f"{path} is written; its other formats are not: {reason}")
    return read_card(folder)
