"""What is measured: a model, a published checkpoint, or a comparator."""

import dataclasses
import hashlib
import pathlib

import numpy as np
from keras import ops

from keras_restore.evaluation.comparators import COMPARATORS
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.load import load
from keras_restore.inference.saved_model_predictor import SavedModelPredictor
from keras_restore.inference.shipped_models import (
    LITERT_FILE,
    MODEL_FILE,
    SAVED_MODEL_FOLDER,
    find_model,
)

CHECKPOINT_SUFFIXES = (".pkl", ".pth", ".pt", ".mat", ".h5", ".hdf5")
DEGRADED = "degraded"


@dataclasses.dataclass(frozen=True)
class Candidate:
    """Something that restores images.

    Attributes:
        label: Name in the tables.
        source: What the user named.
        content_hash: Of the file with the weights; "" for a comparator.
        make_restore: Function from a protocol to the function of `metrics.evaluate`.
        channels: That it takes, None for any.
    """

    label: str
    source: str
    content_hash: str
    make_restore: object
    channels: int | None = None

    def check(self, protocol):
        """Raises a `ValueError` if the protocol shows the model images it cannot take."""
        if self.channels not in (None, protocol.channels):
            raise ValueError(
                f"Model {self.label} takes images of {self.channels} "
                f"channel{'s' if self.channels > 1 else ''}; protocol {protocol.name} shows it "
                f"{protocol.color} images of {protocol.channels}."
            )
        if self.source in COMPARATORS and not hasattr(protocol.degradation, "sigma"):
            raise ValueError(
                f"The comparator {self.source} removes noise of a known sigma; protocol "
                f"{protocol.name} has none."
            )


def candidate(text):
    """Finds or loads what a command line names.

    Args:
        text: Name of a shipped model; path of a model (`.keras`, `.tflite`, a SavedModel, or a
            folder of them), or of a published checkpoint (`.pkl`, `.pth`, `.mat`, `.h5`);
            "nlm", "tv", "wavelet" or "bm3d"; "degraded" (doing nothing). `label=text` gives it
            another name in the tables, by which the paper's number is found.

    Returns:
        A `Candidate`.

    Raises:
        ValueError: If there is no such model.
        ImportError: If it needs a package that is not installed.

    Example:

    >>> candidate("DnCNN-S=dncnn_sigma25.mat").label
    'DnCNN-S'
    """
    label, _, source = text.rpartition("=")
    if source == DEGRADED:
        return Candidate(label or source, source, "", _do_nothing)
    if source in COMPARATORS:
        build = COMPARATORS[source]
        build(0)
        return Candidate(label or source, source, "", lambda p: build(p.degradation.sigma))
    path = pathlib.Path(source).expanduser()
    if path.suffix in CHECKPOINT_SUFFIXES and not path.is_dir():
        if not path.is_file():
            raise ValueError(f"There is no file {str(path)!r}.")
        from keras_restore import published

        made = of_model(label or path.stem, published.load(path))
    else:
        path = find_model(source)
        made = _of_our_file(label or _name_of(path), path)
    return dataclasses.replace(made, source=source, content_hash=_hash(path))


def of_model(label, model):
    """Makes a candidate of a Keras model that is already there.

    Args:
        label: Name in the tables.
        model: `keras.Model`.

    Returns:
        A `Candidate`.

    Example:

    >>> of_model("xDnCNN", keras_restore.models.xdncnn())
    """

    def restore(batch):
        outputs = model(batch, training=False)
        return ops.convert_to_numpy(outputs["restored"] if isinstance(outputs, dict) else outputs)

    return Candidate(label, label, "", lambda protocol: restore, model.input_shape[-1])


def _name_of(path):
    """The name of a model's folder, where its files have the names that all models' have."""
    if path.name == LITERT_FILE:
        return f"{path.resolve().parent.name}{path.suffix}"
    if path.name in (MODEL_FILE, SAVED_MODEL_FOLDER):
        return path.resolve().parent.name
    return path.stem


def _of_our_file(label, path):
    if path.is_dir() and not (path / MODEL_FILE).is_file() and (path / LITERT_FILE).is_file():
        path = path / LITERT_FILE
    if path.suffix == ".tflite":
        predictor = LiteRTPredictor(path)
    elif path.is_dir() and not (path / MODEL_FILE).is_file():
        predictor = SavedModelPredictor(path)
    else:
        return of_model(label, load(path))
    if predictor.size is not None:
        raise ValueError(
            f"{str(path)!r} takes images of {predictor.size[0]} x {predictor.size[1]} only; the "
            "protocols show whole images. Export it with dynamic sizes to measure it."
        )
    return Candidate(label, label, "", lambda protocol: predictor, predictor.channels)


def _do_nothing(protocol):
    return lambda batch: np.stack([protocol.baseline(image) for image in batch])


def _hash(path):
    """Identifies the weights by the bytes of the file, or of the files of a folder."""
    if path.is_dir() and (path / MODEL_FILE).is_file():
        path = path / MODEL_FILE
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
