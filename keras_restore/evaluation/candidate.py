"""What is measured: a model, a published checkpoint, or a comparator."""

import dataclasses
import hashlib
import pathlib

import numpy as np

from keras_restore.evaluation.comparators import COMPARATORS
from keras_restore.inference.engines import ENGINES
from keras_restore.inference.open_predictor import open_predictor
from keras_restore.inference.shipped_models import CHECKPOINT_SUFFIXES, find_model, forms

DEGRADED = "degraded"


@dataclasses.dataclass(frozen=True)
class Candidate:
    """Something that restores images.

    Attributes:
        label: Name in the tables.
        source: What the user named.
        content_hash: Of the file with the weights; "" for a comparator.
        make_restore: Function from a protocol to the function of `protocols.evaluate`.
        channels: That it takes, None for any.
        clips: Whether its images are clipped where the protocol clips.
    """

    label: str
    source: str
    content_hash: str
    make_restore: object
    channels: int | None = None
    clips: bool = True

    def check(self, protocol):
        """Raises a `ValueError` if the protocol shows the model images it cannot take."""
        if self.channels not in (None, protocol.channels):
            raise ValueError(
                f"Model {self.label} takes images of {self.channels} "
                f"channel{'s' if self.channels > 1 else ''}; protocol {protocol.name} shows it "
                f"{protocol.color} images of {protocol.channels}."
            )
        if self.source in COMPARATORS and protocol.sigma is None:
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
            another name in the tables, by which the paper's number is found. A path may hold
            an "=" too.

    Returns:
        A `Candidate`.

    Raises:
        ValueError: If there is no such model.
        ImportError: If it needs a package that is not installed.

    Example:

    >>> candidate("DnCNN-S=dncnn_sigma25.mat").label
    'DnCNN-S'
    """
    label, source = _label_and_source(text)
    if source == DEGRADED:
        return Candidate(label or source, source, "", _do_nothing, clips=False)
    if source in COMPARATORS:
        build = COMPARATORS[source]
        build(0)
        return Candidate(label or source, source, "", lambda p: build(p.sigma))
    path = pathlib.Path(source).expanduser()
    if path.suffix in CHECKPOINT_SUFFIXES and not path.is_dir():
        if not path.is_file():
            raise ValueError(f"There is no file {str(path)!r}.")
        from keras_restore import published

        made = of_model(label or path.stem, published.load(path))
    else:
        path = find_model(source)
        made = of_model(label or _name_of(path), path)
    return dataclasses.replace(made, source=source, content_hash=_hash(path))


def of_model(label, model):
    """Makes a candidate of a model.

    Args:
        label: Name in the tables.
        model: What `open_predictor` takes, such as a `keras.Model`.

    Returns:
        A `Candidate`.

    Raises:
        ValueError: If there is no such model, or it takes images of one size or frames only.

    Example:

    >>> of_model("xDnCNN", keras_restore.models.xdncnn())
    """

    predictor = open_predictor(model)
    if predictor.size is not None:
        height, width = predictor.size
        raise ValueError(
            f"{label} takes images of {height} x {width} only; the protocols show whole images. "
            "Export it with dynamic sizes to measure it."
        )

    if predictor.frames > 1:
        raise ValueError(
            f"{label} restores a frame of a clip from {predictor.frames} that follow each other; "
            "the protocols show pictures."
        )
    return Candidate(label, label, "", lambda p: predictor.told(p.sigma), predictor.channels)


def _label_and_source(text):
    """Splits `label=text` at its first "=", unless there is a file of the whole name."""
    if "=" not in text or pathlib.Path(text).expanduser().exists():
        return "", text
    label, _, source = text.partition("=")
    return label, source


def _name_of(path):
    """The name of a model's folder, where its files have the names that all models' have."""
    if path.name not in [engine.FILE for engine in ENGINES]:
        return path.stem
    suffix = path.suffix if path.name != ENGINES[0].FILE else ""
    return f"{path.resolve().parent.name}{suffix}"


def _do_nothing(protocol):
    return lambda batch: np.stack([protocol.baseline(image) for image in batch])


def _hash(path):
    """Identifies the weights by the bytes of the file, or of the files of a folder."""
    path = forms(path)[0][1] if forms(path) else path
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
