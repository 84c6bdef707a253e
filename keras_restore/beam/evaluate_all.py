"""The numbers of a model on every picture of folders, as a transform of Apache Beam."""

import dataclasses
import json
import time

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.utils.shared import Shared

from keras_restore.beam.over_files import OverFiles, seed_of
from keras_restore.data import read_image
from keras_restore.evaluation import candidate
from keras_restore.inference.restore_one import FAILED, THERE, Row, digest_of
from keras_restore.ops import to_float
from keras_restore.protocols import named


class EvaluateAll(OverFiles):
    """Measures a model by a protocol on the pictures of folders, local ones or of buckets.

    See `OverFiles`. What a protocol draws for a picture follows from its name, where `evaluate`
    takes its place in the set: on many pictures the means are alike. The means of all pictures are
    in `summary.json` of the manifest.

    Args:
        inputs, manifest: See `OverFiles`.
        model: See `keras_restore.evaluation.candidate`.
        protocol: Name of a protocol that degrades clean pictures itself.

    Returns:
        Of the transform: the rows, as dictionaries, with `scores`.

    Raises:
        ValueError: If there is no such model or protocol, they do not fit, or there is no file.
        OSError: If an input cannot be listed, or `manifest` not be written.

    Example:

    >>> step = EvaluateAll(["photos"], "rows", "xdncnn_color_blind", "color_sigma25")
    >>> with beam.Pipeline() as pipeline:
    ...     rows = pipeline | step
    """

    def __init__(self, inputs, manifest, model, protocol):
        chosen = named(protocol)
        candidate(model).check(chosen)
        if chosen.degradation is None:
            raise ValueError(
                f"`protocol` must be one that degrades clean pictures. Received: {protocol}"
            )
        super().__init__(inputs, None, manifest, _Measure(model, protocol))

    def expand(self, pipeline):
        rows = super().expand(pipeline)
        _ = (
            rows
            | beam.FlatMap(lambda row: (row["scores"] or {}).items())
            | beam.combiners.Mean.PerKey()
            | beam.combiners.ToDict()
            | "Summary" >> beam.Map(json.dumps, sort_keys=True)
            | "Write summary"
            >> beam.io.WriteToText(
                FileSystems.join(self._manifest, "summary.json"), shard_name_template=""
            )
        )
        return rows


class _Measure:
    def __init__(self, model, protocol):
        self._model, self._name = model, protocol
        self._shared = Shared()

    def setup(self):
        self._candidate = self._shared.acquire(lambda: candidate(self._model))
        protocol = named(self._name)
        self._restore = self._candidate.make_restore(protocol)
        self._protocol = dataclasses.replace(protocol, clip=self._candidate.clips)

    def __call__(self, source, target, place, known, overwrite):
        start = time.monotonic()
        digest = digest_of(source, [self._candidate.content_hash, self._model, self._name])
        for before in known:
            if before.digest == digest and before.status != FAILED:
                return dataclasses.replace(before, status=THERE)
        clean = to_float(read_image(source, self._protocol.file_channels))
        clean, degraded = self._protocol.sample(seed_of(place), clean)
        scores = self._protocol.measure(clean, degraded, self._restore(degraded[None])[0])
        seconds = round(time.monotonic() - start, 2)
        return Row(
            *(str(source), str(target), "measured"), seconds=seconds, digest=digest, scores=scores
        )
