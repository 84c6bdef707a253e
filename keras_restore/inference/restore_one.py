"""One step of a run over many files: idempotent, atomic, with a row of facts."""

import dataclasses
import functools
import hashlib
import json
import pathlib
import time

import numpy as np

from keras_restore.complete_path import clear_partial
from keras_restore.inference.open_predictor import AUTO, open_predictor
from keras_restore.inference.restore_file import restore_file
from keras_restore.inference.restore_video import restore_video
from keras_restore.pictures.video_file import is_video
from keras_restore.version import VERSION

RESTORED, THERE, FAILED = "restored", "already there", "failed"
# The options that say how a model is opened.
CHOICE = ("engine", "precision")
STALE = "made from another file, by another model or with other options"


@dataclasses.dataclass(frozen=True)
class Row:
    """What is known of one file of a run.

    Attributes:
        input, output: Paths.
        status: "restored", "already there" or "failed"; of other steps their own word.
        reason: Why it failed.
        notes: What had to be changed, in words.
        seconds: That it took.
        digest: SHA-256 of all that the result follows from: the content of the input, the model,
            the options and this package's version. None for a model without a file.
        result: SHA-256 of the output's content.
        scores: Dictionary of the metrics, where it was measured.
    """

    input: str
    output: str
    status: str
    reason: str | None = None
    notes: tuple = ()
    seconds: float | None = None
    digest: str | None = None
    result: str | None = None
    scores: dict | None = None


def restore_one(source, target, model, known=(), overwrite=False, progress=None, **options):
    """Restores one file to another, once: the step of the command, of folders and of clusters.

    The result appears complete or not at all. One that is there already stays, unless `overwrite`;
    even then it stays where `known` says that it was made from the same input, by the same model
    and with the same options, and has not changed since. All arguments but a model in memory can
    be pickled.

    Args:
        source: Path of a picture or a clip.
        target: Path of the result; missing folders are made.
        model: See `keras_restore.restore`.
        known: The `Row`s of earlier runs with this target.
        overwrite: Whether another result under this name is replaced.
        progress: Called with the number of input pixels done since the last call.
        options: The others of `restore_file`, or of `restore_video`.

    Returns:
        A `Row`; one with the reason for a file that cannot be restored.

    Example:

    >>> restore_one("photo.jpg", "one.png", "xdncnn_gray_sigma25").status
    'restored'
    >>> restore_one("photo.jpg", "one.png", "xdncnn_gray_sigma25").status
    'already there'
    """
    opened = model

    def facts():
        nonlocal opened
        if model == AUTO:
            return [AUTO, sorted(options.items())]
        choice = {key: options[key] for key in CHOICE if key in options}
        opened = open_predictor(model, **choice)
        files = _of_model(opened)
        return files and [files, sorted(options.items())]

    def make(source, target, digest):
        restore = functools.partial(restore_video, digest=digest)
        restore = restore if is_video(source) else restore_file
        return restore(source, target, opened, overwrite=True, progress=progress, **options)

    return make_once(source, target, make, facts, RESTORED, known, overwrite)


def make_once(source, target, make, facts, done, known=(), overwrite=False):
    """Makes a file from another, once, as `restore_one` says.

    Args:
        source, target: Paths.
        make: Function of (source, target, digest) that writes the complete target, or raises, and
            returns notes.
        facts: Function that returns what the result follows from besides the source, of JSON values
            or arrays; None where that cannot be told.
        done: The row's status then.
        known, overwrite: See `restore_one`.

    Returns:
        A `Row`.

    Example:

    >>> def make(source, target, digest):
    ...     Image.open(source).rotate(90).save(target)
    ...     return ()
    >>> make_once("photo.jpg", "turned.jpg", make, list, "turned").status
    'turned'
    """
    start = time.monotonic()
    row = Row(str(source), str(target), FAILED)
    target = pathlib.Path(target)
    clear_partial(target)
    if target.exists() and not known and not overwrite:
        return dataclasses.replace(row, status=THERE)
    stated = facts()
    try:
        digest = digest_of(source, stated)
        if target.exists():
            result = _sha256(target)
            for before in known:
                if before.digest == digest is not None and before.result == result:
                    return dataclasses.replace(before, status=THERE)
            if not overwrite:
                return dataclasses.replace(row, status=THERE, notes=(STALE,))
        target.parent.mkdir(parents=True, exist_ok=True)
        notes = make(source, target, digest)
        result = _sha256(target)
    except (ValueError, OSError, MemoryError, ImportError) as error:
        return dataclasses.replace(row, reason=_reason(error))
    seconds = round(time.monotonic() - start, 2)
    return Row(row.input, row.output, done, None, tuple(notes), seconds, digest, result)


def digest_of(source, facts):
    """SHA-256 of the content of a file, of facts and of this package's version; or None.

    Args:
        source: Path.
        facts: See `make_once`.

    Returns:
        Hexadecimal text, None without facts.

    Example:

    >>> len(digest_of("photo.jpg", ["gaussian_noise", 25]))
    64
    """
    if facts is None:
        return None
    facts = [_sha256(source), *facts, VERSION]
    return hashlib.sha256(json.dumps(facts, default=np.ndarray.tolist).encode()).hexdigest()


def _of_model(predictor):
    """Digests of the files of a model, None of one in memory."""
    if predictor.path is None:
        return None
    files = [predictor.path, *predictor.path.rglob("*")]
    return [_sha256_once(p, p.stat().st_mtime_ns) for p in sorted(files) if p.is_file()]


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.lru_cache(maxsize=64)
def _sha256_once(path, changed):
    del changed
    return _sha256(path)


def _reason(error):
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return " ".join(str(error).split()) or type(error).__name__
