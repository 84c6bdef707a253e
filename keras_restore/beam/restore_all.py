"""The step of every run over many files, `restore_one`, as a transform of Apache Beam."""

import contextlib
import dataclasses
import json
import pathlib
import posixpath
import shutil
import tempfile
import time
import uuid

import apache_beam as beam
from apache_beam.io import ReadAllFromText, fileio
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics import Metrics
from apache_beam.utils.shared import Shared

from keras_restore.commands.restore_jobs import SUFFIXES
from keras_restore.complete_path import complete_path
from keras_restore.inference.open_predictor import AUTO, open_predictor
from keras_restore.inference.restore_one import CHOICE, FAILED, THERE, Row, restore_one
from keras_restore.inference.shipped_models import find_model
from keras_restore.pictures.picture_writer import FORMATS

# Rows are written when there are so many, or after so many seconds: what a killed run forgets.
ROWS, SECONDS = 100, 10


class RestoreAll(beam.PTransform):
    """Restores the pictures of folders, local ones or of buckets.

    Elements are paths, never pictures. A worker's process holds one predictor. Results keep their
    place below `output`, under their own names. Files that fail go to `failed.jsonl` with the
    reason, and the others go on. Every row is in some `rows.*.jsonl` of `manifest`, by which a
    later run knows them.

    Args:
        inputs: Folders or glob patterns, of any file system that Beam knows.
        output: Folder of the results.
        manifest: Folder of the rows.
        model: Name of a shipped model, "auto", or a path that every worker can read.
        overwrite: Whether results are replaced that do not follow from the same picture, model and
            options as now; those of which no row is known, too.
        timeout: Seconds that one file may take, asked after every tile; None for no limit.
        threads: Of TensorFlow in each process, None for all cores.
        options: Those of `restore_one`.

    Returns:
        Of the transform: the rows, as dictionaries.

    Raises:
        ValueError: If there is no `model`, no file in an input, or `output` lies inside one.
        OSError: If an input cannot be listed.

    Example:

    >>> step = RestoreAll(["photos"], "restored", "restored_rows", "xdncnn_color_blind")
    >>> with beam.Pipeline() as pipeline:
    ...     rows = pipeline | step
    """

    def __init__(
        self,
        inputs,
        output,
        manifest,
        model,
        overwrite=False,
        timeout=None,
        threads=None,
        **options,
    ):
        super().__init__()
        for folder in inputs:
            if f"{output}/".startswith(f"{folder.rstrip('/')}/"):
                raise ValueError(
                    "`output` must not lie inside `inputs`: the next run would restore the "
                    f"results. Received: inputs={inputs}, output={output}"
                )
        if timeout is not None and timeout <= 0:
            raise ValueError(f"`timeout` must be positive. Received: timeout={timeout}")
        if model != AUTO:
            find_model(model)
        for folder in inputs:
            if not FileSystems.match([_pattern(folder)], limits=[1])[0].metadata_list:
                raise ValueError(f"There is no file in {folder!r}.")
        self._inputs, self._output, self._manifest = inputs, output, manifest
        self._step = _Restore(manifest, model, overwrite, timeout, threads, options)

    def expand(self, pipeline):
        found = [
            pipeline
            | f"Folder {i}" >> beam.Create([_pattern(folder)])
            | f"Match {i}" >> fileio.MatchAll(fileio.EmptyMatchTreatment.ALLOW)
            | f"Target {i}" >> beam.FlatMap(_job, _root(folder), self._output)
            for i, folder in enumerate(self._inputs)
        ]
        known = (
            pipeline
            | "Manifest" >> beam.Create([FileSystems.join(self._manifest, "rows.*.jsonl")])
            | "Match manifest" >> fileio.MatchAll(fileio.EmptyMatchTreatment.ALLOW)
            | "Path" >> beam.Map(lambda file: file.path)
            | "Read manifest" >> ReadAllFromText()
            | "Known" >> beam.Map(_known)
        )
        rows = (
            {"sources": tuple(found) | beam.Flatten(), "known": known}
            | beam.CoGroupByKey()
            | beam.Reshuffle()
            | "Restore" >> beam.ParDo(self._step)
        )
        _ = (
            rows
            | beam.Filter(lambda row: row["status"] == FAILED)
            | "By name" >> beam.Map(lambda row: (row["input"], row))
            | beam.GroupByKey()
            | beam.Map(lambda pair: json.dumps(next(iter(pair[1])), ensure_ascii=False))
            | beam.io.WriteToText(
                FileSystems.join(self._manifest, "failed.jsonl"), shard_name_template=""
            )
        )
        return rows


class _Restore(beam.DoFn):
    def __init__(self, manifest, model, overwrite, timeout, threads, options):
        super().__init__()
        self._manifest, self._model, self._overwrite = manifest, model, overwrite
        self._timeout, self._threads, self._options = timeout, threads, options
        self._shared = Shared()

    def setup(self):
        def opened():
            if self._threads is not None:
                import tensorflow as tf

                with contextlib.suppress(RuntimeError):
                    tf.config.threading.set_intra_op_parallelism_threads(self._threads)
            choice = {key: self._options[key] for key in CHOICE if key in self._options}
            return open_predictor(self._model, **choice)

        self._predictor = AUTO if self._model == AUTO else self._shared.acquire(opened)
        self._rows, self._written = [], time.monotonic()

    def process(self, job):
        target, groups = job
        sources, known = sorted(groups["sources"]), [Row(**row) for row in groups["known"]]
        for source in sources:
            row = Row(source, target, FAILED, f"its result would have the name of {sources[0]}'s")
            if source == sources[0]:
                row = self._restore(source, target, known)
            Metrics.counter("keras_restore", row.status).inc()
            self._rows.append(dataclasses.asdict(row))
            yield self._rows[-1]
        if len(self._rows) >= ROWS or time.monotonic() - self._written > SECONDS:
            self._write_rows()

    def finish_bundle(self):
        self._write_rows()

    def _restore(self, source, target, known):
        ends = None if self._timeout is None else time.monotonic() + self._timeout

        def check(pixels):
            if ends is not None and time.monotonic() > ends:
                raise TimeoutError(f"took longer than {self._timeout:g} s")

        def step(source, target):
            return restore_one(
                *(source, target, self._predictor, known, self._overwrite, check), **self._options
            )

        try:
            return _through_files(step, source, target, self._overwrite)
        except Exception as error:
            return Row(source, target, FAILED, f"{type(error).__name__}: {error}")

    def _write_rows(self):
        rows = [row for row in self._rows if row["status"] != THERE]
        self._rows, self._written = [], time.monotonic()
        if not rows:
            return
        path = FileSystems.join(self._manifest, f"rows.{uuid.uuid4().hex}.jsonl")
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        if _is_remote(path):
            with FileSystems.create(path) as file:
                file.write(text.encode())
            return
        with complete_path(path) as partial:
            partial.write_text(text, encoding="utf-8")


def _through_files(step, source, target, overwrite):
    """The step on local files; objects of buckets are copied, and uploaded when complete."""
    if not _is_remote(source) and not _is_remote(target):
        return step(source, target)
    there = FileSystems.exists(target)
    if there and not overwrite:
        return Row(source, target, THERE)
    with tempfile.TemporaryDirectory() as folder:
        local_source = pathlib.Path(folder, "source", posixpath.basename(source))
        local_target = pathlib.Path(folder, "target", posixpath.basename(target))
        _copy(source, local_source)
        if there:
            _copy(target, local_target)
        row = step(local_source, local_target)
        if row.status not in (FAILED, THERE):
            with open(local_target, "rb") as file, FileSystems.create(target) as stored:
                shutil.copyfileobj(file, stored)
    reason = row.reason and row.reason.replace(str(local_source), source)
    return dataclasses.replace(row, input=source, output=target, reason=reason)


def _copy(source, partial):
    partial.parent.mkdir()
    with FileSystems.open(source) as stored, open(partial, "wb") as file:
        shutil.copyfileobj(stored, file)


def _is_remote(path):
    return "://" in str(path)


def _pattern(folder):
    return folder if "*" in folder else FileSystems.join(folder, "**")


def _root(folder):
    """What of a path is not the place in the input."""
    while "*" in folder:
        folder = posixpath.dirname(folder)
    return folder


def _job(file, root, output):
    """The target of a picture and its source."""
    path = file.path
    place = path[len(root) :].lstrip("/")
    suffix = posixpath.splitext(place)[1].lower()
    hidden = any(part.startswith(".") for part in place.split("/"))
    if suffix not in SUFFIXES or hidden:
        return
    yield FileSystems.join(output, place if suffix in FORMATS else f"{place}.png"), path


def _known(line):
    row = json.loads(line)
    return row["output"], row
