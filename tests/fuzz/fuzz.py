"""Shows changed files to one reader, guided by what its code executes (atheris).

    pip install atheris
    python tests/fuzz/fuzz.py png --seconds=60

A finding is written to tests/fuzz/findings/ under the target's name: mend the reader and keep the
file, which `test_fuzz.py` reads from then on. `make fuzz TIME=60` runs all targets.
"""

import argparse
import os
import pathlib
import sys
import tempfile

import atheris

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parent))

READERS = ["keras_restore.pictures", "keras_restore.published", "keras_restore.inference"]
READERS += ["PIL", "pickletools", "zipfile", "json"]
MEGABYTES, SECONDS_PER_FILE, HDF5_SECONDS = 3000, 60, 2


def forked(task, path):
    """What `hdf5_values` does in a process of its own, without starting Python for each file."""
    from keras_restore import hdf5_values

    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            limits = (HDF5_SECONDS, HDF5_SECONDS + 1)
            hdf5_values.resource.setrlimit(hdf5_values.resource.RLIMIT_CPU, limits)
            os.dup2(output.fileno(), 1)
            sys.stdout = os.fdopen(1, "w")
            task = {"print": hdf5_values.print_content, "check": hdf5_values.check_weights}[task]
            try:
                task(path)
                sys.stdout.flush()
            except Exception:
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            raise ValueError("The HDF5 file is damaged.")
        output.seek(0)
        return output.read()


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

    hdf5_values._run = forked
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
