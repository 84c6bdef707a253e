"""`restore_one` for every picture of folders, as a transform of Apache Beam."""

import contextlib
import time

from apache_beam.utils.shared import Shared

from keras_restore.beam.over_files import OverFiles
from keras_restore.inference.open_predictor import AUTO, open_predictor
from keras_restore.inference.restore_one import CHOICE, restore_one
from keras_restore.inference.shipped_models import find_model


class RestoreAll(OverFiles):
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
        OSError: If an input cannot be listed, or `output` or `manifest` not be written.

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
        if timeout is not None and timeout <= 0:
            raise ValueError(f"`timeout` must be positive. Received: timeout={timeout}")
        if model != AUTO:
            find_model(model)
        step = _Restore(model, timeout, threads, options)
        super().__init__(inputs, output, manifest, step, overwrite=overwrite)


class _Restore:
    def __init__(self, model, timeout, threads, options):
        self._model, self._timeout = model, timeout
        self._threads, self._options = threads, options
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

    def __call__(self, source, target, place, known, overwrite):
        ends = None if self._timeout is None else time.monotonic() + self._timeout

        def check(pixels):
            if ends is not None and time.monotonic() > ends:
                raise TimeoutError(f"took longer than {self._timeout:g} s")

        return restore_one(
            source, target, self._predictor, known, overwrite, check, **self._options
        )
