"""Shows changed files to one reader, guided by what its code executes (atheris).

    pip install atheris
    python tests/fuzz/fuzz.py png --seconds=60

A finding is written to tests/fuzz/findings/ under the target's name: mend the reader and keep the
file, which `test_fuzz.py` reads from then on. `make fuzz TIME=60` runs all targets.
"""

import argparse
import pathlib
import sys
import tempfile

import atheris

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parent))

READERS = ["keras_restore.pictures", "keras_restore.published", "keras_restore.inference"]
READERS += ["PIL", "pickletools", "zipfile", "json"]
MEGABYTES, SECONDS_PER_FILE = 3000, 20


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--corpus", help="folder that keeps what was found worth to change")
    args = parser.parse_args()
    with atheris.instrument_imports(include=READERS, enable_loader_override=False):
        import targets

        import keras_restore.inference
        import keras_restore.pictures
        import keras_restore.published  # noqa: F401
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
            *("-max_len=40000", "-print_final_stats=1", "-verbosity=0"),
        ]
        atheris.Setup(
            [sys.argv[0], *options, str(corpus)], lambda data: targets.run(args.target, data)
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
