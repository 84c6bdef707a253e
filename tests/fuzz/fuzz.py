"""Shows changed files to one reader, guided by what its code executes (atheris).

    pip install atheris
    python tests/fuzz/fuzz.py png --seconds=60

A finding is written to tests/fuzz/findings/ under the target's name: mend the reader and keep the
file, which `test_fuzz.py` reads from then on. `make fuzz TIME=60` runs all targets.
"""

import argparse
import io
import multiprocessing
import os
import pathlib
import signal
import sys
import tempfile

import atheris

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parent))

READERS = ["keras_restore.pictures", "keras_restore.published", "keras_restore.inference"]
READERS += ["PIL", "pickletools", "zipfile", "json"]
MEGABYTES, SECONDS_PER_FILE = 3000, 60
# The small files of the fuzzer are read in a millisecond.
HDF5_SECONDS, HDF5_FILES = 0.2, 1000


class Hdf5Process:
    """What `hdf5_values` does in a process for every file, by one process for many files."""

    def __init__(self):
        self._connection = None

    def run(self, task, path):
        """Takes the place of `hdf5_values._run`."""
        if self._connection is None:
            self._connection, other = multiprocessing.Pipe()
            if os.fork() == 0:
                self._connection.close()
                serve_hdf5(other)
            other.close()
        try:
            self._connection.send((task, str(path)))
            content = self._connection.recv()
        except (EOFError, OSError):
            content = None
            os.wait()
            self._connection = None
        if content is None:
            raise ValueError("The HDF5 file is damaged.")
        return content


def serve_hdf5(connection):
    """Reads files until one lasts too long, crashes, or has leaked too much."""
    from keras_restore import hdf5_values

    tasks = {"print": hdf5_values.print_content, "check": hdf5_values.check_weights}
    # The fuzzer's own handlers would report what ends this process, as HDF5 often does.
    for number in (signal.SIGPROF, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE):
        signal.signal(number, signal.SIG_DFL)
    for _ in range(HDF5_FILES):
        try:
            task, path = connection.recv()
        except EOFError:
            break
        output = io.BytesIO()
        sys.stdout = io.TextIOWrapper(output)
        signal.setitimer(signal.ITIMER_PROF, HDF5_SECONDS)
        try:
            tasks[task](path)
            content = output.getvalue()
        except Exception:
            content = None
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.send(content)
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--corpus", help="folder that keeps what was found worth to change")
    parser.add_argument("--seed", type=int, default=0, help="of the changes; 0 draws one")
    args = parser.parse_args()
    if args.target not in ("keras", "tflite"):
        os.environ.setdefault("KERAS_BACKEND", "numpy")  # imported in a third of the time
    with atheris.instrument_imports(include=READERS, enable_loader_override=False):
        import targets

        import keras_restore.inference
        import keras_restore.pictures
        import keras_restore.published  # noqa: F401
    from keras_restore import hdf5_values

    hdf5_values._run = Hdf5Process().run
    # No file has the name of a shipped model: listing them takes half of the time.
    sys.modules["keras_restore.inference.shipped_models"].SHELVES = ()
    with tempfile.TemporaryDirectory() as folder:
        corpus = pathlib.Path(args.corpus or folder)
        corpus.mkdir(parents=True, exist_ok=True)
        for i, data in enumerate(targets.seeds(args.target)):
            (corpus / f"seed{i}").write_bytes(data)
        options = [
            *(f"-max_total_time={args.seconds}", f"-rss_limit_mb={MEGABYTES}"),
            *(
                f"-timeout={SECONDS_PER_FILE}",
                f"-artifact_prefix={targets.FINDINGS}/{args.target}-",
            ),
            *("-max_len=40000", "-print_final_stats=1", "-verbosity=0", f"-seed={args.seed}"),
        ]
        atheris.Setup(
            [sys.argv[0], *options, str(corpus)], lambda data: targets.run(args.target, data)
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
