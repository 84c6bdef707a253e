"""A step for every picture of folders, as a transform of Apache Beam."""

import contextlib
import dataclasses
import json
import pathlib
import posixpath
import shutil
import tempfile
import time
import uuid
import zlib

import apache_beam as beam
from apache_beam.io import ReadAllFromText, fileio
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics import Metrics

from keras_restore.commands.restore_jobs import SUFFIXES
from keras_restore.complete_path import complete_path
from keras_restore.inference.restore_one import FAILED, THERE, Row
from keras_restore.pictures.picture_writer import FORMATS

# Rows are written when there are so many, or after so many seconds: what a killed run forgets.
ROWS, SECONDS = 100, 10


class OverFiles(beam.PTransform):
    """Takes a step for each picture of folders, local ones or of buckets.

    Elements are paths, never pictures. Results keep their place below `output`, under their own
    names. Files that fail go to `failed.jsonl` with the reason, and the others go on. Every row is
    in some `rows.*.jsonl` of `manifest`, by which a later run knows them.

    Args:
        inputs: Folders or glob patterns, of any file system that Beam knows.
        output: Folder of the results; None for a step that writes none.
        manifest: Folder of the rows.
        step: Function of (source, target, place, known, overwrite) that returns a `Row`, and can be
            pickled; its `setup()` is called once per worker. Source and target are local paths, and
            place is the name below `output`, or the input's where nothing is written.
        suffix: Of the results, such as ".png"; None for the pictures' own.
        overwrite: Whether results are replaced that do not follow from the same as now; those of
            which no row is known, too.

    Returns:
        Of the transform: the rows, as dictionaries.

    Raises:
        ValueError: If there is no file in an input, or `output` lies inside one.
        OSError: If an input cannot be listed, or `output` or `manifest` not be written.
    """

    def __init__(self, inputs, output, manifest, step, suffix=None, overwrite=False):
        super().__init__()
        for folder in inputs:
            if output is not None and f"{output}/".startswith(f"{folder.rstrip('/')}/"):
                raise ValueError(
                    "`output` must not lie inside `inputs`: the next run would take the "
                    f"results. Received: inputs={inputs}, output={output}"
                )
        for folder in inputs:
            if not FileSystems.match([_pattern(folder)], limits=[1])[0].metadata_list:
                raise ValueError(f"There is no file in {folder!r}.")
        for folder in filter(None, (manifest, output)):
            _check_writable(folder)
        self._inputs, self._output, self._suffix = inputs, output, suffix
        self._manifest = manifest
        self._step = _Step(output, manifest, step, overwrite)

    def expand(self, pipeline):
        found = [
            pipeline
            | f"Folder {i}" >> beam.Create([_pattern(folder)])
            | f"Match {i}" >> fileio.MatchAll(fileio.EmptyMatchTreatment.ALLOW)
            | f"Target {i}" >> beam.FlatMap(_job, _root(folder), self._output, self._suffix)
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
            | "Step" >> beam.ParDo(self._step)
        )
        _ = (
            rows
            | beam.Filter(lambda row: row["status"] == FAILED)
            | "By name" >> beam.Map(lambda row: (row["input"], row))
            | beam.GroupByKey()
            | beam.Map(lambda pair: next(iter(pair[1])))
            | beam.combiners.ToList()
            | beam.Map(_write_failed, FileSystems.join(self._manifest, "failed.jsonl"))
        )
        return rows


class _Step(beam.DoFn):
    def __init__(self, output, manifest, step, overwrite):
        super().__init__()
        self._output, self._manifest = output, manifest
        self._step, self._overwrite = step, overwrite

    def setup(self):
        self._step.setup()
        self._rows, self._written = [], time.monotonic()

    def process(self, job):
        target, groups = job
        sources, known = sorted(groups["sources"]), [Row(**row) for row in groups["known"]]
        for source in sources:
            row = Row(source, target, FAILED, f"its result would have the name of {sources[0]}'s")
            if source == sources[0]:
                row = self._take(source, target, known)
            Metrics.counter("keras_restore", row.status).inc()
            self._rows.append(dataclasses.asdict(row))
            yield self._rows[-1]
        if len(self._rows) >= ROWS or time.monotonic() - self._written > SECONDS:
            self._write_rows()

    def finish_bundle(self):
        self._write_rows()

    def _take(self, source, target, known):
        place = target[len(self._output or "") :].lstrip("/")

        def step(source, target):
            return self._step(source, target, place, known, self._overwrite)

        try:
            return _through_files(step, source, target, self._overwrite, self._output is not None)
        except Exception as error:
            return Row(source, target, FAILED, f"{type(error).__name__}: {error}")

    def _write_rows(self):
        rows = [row for row in self._rows if row["status"] != THERE]
        self._rows, self._written = [], time.monotonic()
        if not rows:
            return
        _write_lines(rows, FileSystems.join(self._manifest, f"rows.{uuid.uuid4().hex}.jsonl"))


def _write_failed(rows, path):
    """Replaces the list of an earlier run."""
    if rows:
        _write_lines(sorted(rows, key=lambda row: row["input"]), path)
    elif FileSystems.exists(path):
        FileSystems.delete([path])


def _write_lines(rows, path):
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if _is_remote(path):
        with FileSystems.create(path) as file:
            file.write(text.encode())
        return
    with complete_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _through_files(step, source, target, overwrite, writes):
    """The step on local files; objects of buckets are copied, and uploaded when complete."""
    if not _is_remote(source) and not (writes and _is_remote(target)):
        return step(source, target)
    there = writes and FileSystems.exists(target)
    if there and not overwrite:
        return Row(source, target, THERE)
    with tempfile.TemporaryDirectory() as folder:
        local_source = pathlib.Path(folder, "source", posixpath.basename(source))
        _copy(source, local_source)
        local_target = target
        if writes:
            local_target = pathlib.Path(folder, "target", posixpath.basename(target))
        if there:
            _copy(target, local_target)
        row = step(local_source, local_target)
        if writes and row.status not in (FAILED, THERE):
            with open(local_target, "rb") as file, FileSystems.create(target) as stored:
                shutil.copyfileobj(file, stored)
    reason = row.reason and row.reason.replace(str(local_source), source)
    return dataclasses.replace(row, input=source, output=target, reason=reason)


def _copy(source, partial):
    partial.parent.mkdir()
    with FileSystems.open(source) as stored, open(partial, "wb") as file:
        shutil.copyfileobj(stored, file)


def _check_writable(folder):
    """Writes a file that readers of pictures pass over, and removes it."""
    path = FileSystems.join(folder, ".keras_restore")
    try:
        with FileSystems.create(path) as file:
            file.write(b"writable")
    # Clients of buckets have errors of their own.
    except Exception as error:
        raise OSError(f"{folder!r} cannot be written: {error}") from error
    # Where nobody may remove it, it stays.
    with contextlib.suppress(OSError):
        FileSystems.delete([path])


def _is_remote(path):
    return "://" in str(path)


def _pattern(folder):
    return folder if "*" in folder else FileSystems.join(folder, "**")


def _root(folder):
    """What of a path is not the place in the input."""
    while "*" in folder:
        folder = posixpath.dirname(folder)
    return folder


def seed_of(place):
    """An integer of 31 bits that follows from a name."""
    return zlib.crc32(place.encode()) & 0x7FFFFFFF


def _job(file, root, output, result_suffix):
    """The target of a picture and its source."""
    path = file.path
    place = path[len(root) :].lstrip("/")
    suffix = posixpath.splitext(place)[1].lower()
    hidden = any(part.startswith(".") for part in place.split("/"))
    if suffix not in SUFFIXES or hidden:
        return
    if result_suffix is not None:
        place = f"{posixpath.splitext(place)[0]}{result_suffix}"
    elif output is not None and suffix not in FORMATS:
        place = f"{place}.png"
    yield place if output is None else FileSystems.join(output, place), path


def _known(line):
    row = json.loads(line)
    return row["output"], row
