"""The fuzzing targets on their seeds, their findings and some changed files, without atheris."""

import pathlib
import shutil
import sys
import zipfile

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import targets  # noqa: E402

import keras_restore  # noqa: E402
from keras_restore import hdf5_values  # noqa: E402
from keras_restore.inference import open_predictor  # noqa: E402

# Changed files of each seed; HDF5 is read in a process of its own, a `.keras` file by Keras.
CHANGED = {"keras2": 0, "mat73": 0, "keras": 4, "tflite": 10}


def changed(data, generator):
    """A file with bytes replaced, cut out or repeated."""
    data = bytearray(data)
    for _ in range(generator.integers(1, 4)):
        place, length = generator.integers(0, len(data)), generator.integers(1, 9)
        kind = generator.integers(0, 4)
        if kind == 0:
            data[place : place + length] = generator.bytes(length)
        elif kind == 1:
            data[place] = generator.choice([0, 1, 127, 128, 255])
        elif kind == 2 and len(data) > 40:
            del data[place : place + length]
        else:
            data[place:place] = data[place : place + length]
    return bytes(data)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_no_file_gives_another_error(name, monkeypatch):
    monkeypatch.setattr(hdf5_values, "SECONDS", 4)
    generator = np.random.default_rng(0)
    for seed in targets.seeds(name):
        targets.run(name, seed)
        for _ in range(CHANGED.get(name, 25)):
            targets.run(name, changed(seed, generator))


@pytest.mark.parametrize("name", targets.TARGETS)
def test_the_made_up_files_are_read(name):
    """What is refused at once would test nothing."""
    for seed in targets.TARGETS[name][1]()[:1]:
        targets.TARGETS[name][0](targets.file_of(name, seed))


def test_the_hdf5_library_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5_values, "SECONDS", 2)
    endless = targets.FINDINGS / "keras2-endless-attribute"
    with pytest.raises(ValueError, match="the HDF5 library finds no end"):
        hdf5_values.read_hdf5(endless)
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.write(endless, "model.weights.h5")
    with pytest.raises(ValueError, match="the HDF5 library finds no end"):
        open_predictor(tmp_path / "a.keras")


def test_a_model_that_litert_cannot_allocate(tmp_path):
    """LiteRT crashed when it ran such a model for a smaller picture after that."""
    shutil.copy(targets.FINDINGS / "tflite-failed-allocation", tmp_path / "a.tflite")
    with pytest.raises(MemoryError):
        keras_restore.restore(np.zeros((9, 14, 1), np.float32), tmp_path / "a.tflite")
