"""Shows changed files to one reader, guided by what its code executes (atheris).

    pip install atheris
    python tests/fuzz/fuzz.py png --seconds=60

A finding is written to tests/fuzz/findings/ under the target's name: mend the reader and keep the
file, which `test_fuzz.py` reads from then on. `make fuzz TIME=60` runs all targets.
"""

import argparse
import importlib.util
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
HDF5_VALUES = pathlib.Path(__file__).parents[2] / "keras_restore" / "hdf5_values.py"
# Status of a process that nobody asks any more.
END = 7


class Hdf5Process:
    """What `hdf5_values` does in a process for every file, by one process for many files.

    It is made before TensorFlow is imported: a process that has much memory forks slowly, and the
    HDF5 library crashes often.
    """

    def __init__(self):
        self._connection, other = multiprocessing.Pipe()
        if os.fork() == 0:
            self._connection.close()
            read_hdf5_files(other)
        other.close()

    def run(self, task, path):
        """Takes the place of `hdf5_values._run`."""
        self._connection.send((task, str(path)))
        content = self._connection.recv()
        if content is None:
            raise ValueError("The HDF5 file is damaged.")
        return content


def read_hdf5_files(connection):
    """Has one process after the other answer, each until it lasts too long or crashes."""
    spec = importlib.util.spec_from_file_location("hdf5_values", HDF5_VALUES)
    hdf5_values = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = hdf5_values
    spec.loader.exec_module(hdf5_values)
    tasks = {"print": hdf5_values.print_content, "check": hdf5_values.check_weights}
    status = 0
    while status != END:
        if os.fork() == 0:
            answer(connection, tasks)
        status = os.waitstatus_to_exitcode(os.wait()[1])
        if status not in (0, END):
            connection.send(None)
    os._exit(0)


def answer(connection, tasks):
    """Reads files; the HDF5 library leaks."""
    for _ in range(HDF5_FILES):
        try:
            task, path = connection.recv()
        except EOFError:
            os._exit(END)
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
    hdf5_process = Hdf5Process()
    if args.target not in ("keras", "tflite"):
        os.environ.setdefault("KERAS_BACKEND", "numpy")  # imported in a third of the time
    with atheris.instrument_imports(include=READERS, enable_loader_override=False):
        import targets

        import keras_restore.inference
        import keras_restore.pictures
        import keras_restore.published  # noqa: F401
    from keras_restore import hdf5_values

    hdf5_values._run = hdf5_process.run
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
