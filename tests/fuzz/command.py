"""Shows thousands of damaged files to the commands: no traceback, crash, hang or half a result.

    python tests/fuzz/command.py --count=10000

Pictures are restored by a predictor that gives them back, checkpoints are imported without the
exports, models and cards restore a small picture. The commands run in children of a process that
has imported TensorFlow, some hundred files each.
"""

import argparse
import collections
import contextlib
import io
import os
import pathlib
import pickle
import signal
import sys
import tempfile

import numpy as np
from PIL import Image

sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parent)]

import made_predictors  # noqa: E402
import targets  # noqa: E402
from test_fuzz import changed  # noqa: E402

# What a damaged file is called, and how many of a hundred it is.
NAMES = {
    **{"png": ("a.png", 25), "tiff": ("a.tif", 25), "photo": ("a.jpg", 25)},
    **{"mat": ("a.mat", 10), "torch": ("a.pth", 9), "mat73": ("a.mat", 1), "keras2": ("a.h5", 1)},
    **{"tflite": ("a.tflite", 1), "keras": ("a.keras", 1), "card": ("card.json", 1)},
}
# Seconds of the processor, for each file.
BATCH, SECONDS = 200, 30


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    from keras_restore import cli, export, hdf5_values, inference, published  # noqa: F401

    hdf5_values.SECONDS = 5

    kinds = [name for name, (_, share) in NAMES.items() for _ in range(share)]
    answers, most = collections.Counter(), 0
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as top:
        top = pathlib.Path(top)
        Image.fromarray(np.zeros((9, 14), np.uint8)).save(top / "small.png")
        # TensorFlow that has run in a process waits for ever in its children.
        child = os.fork()
        if child == 0:
            (top / "seeds").write_bytes(pickle.dumps({n: targets.seeds(n) for n in NAMES}))
            os._exit(0)
        os.waitpid(child, 0)
        seeds = pickle.loads((top / "seeds").read_bytes())
        i = 0
        while i < args.count:
            child = os.fork()
            if child == 0:
                for j in range(i, min(i + BATCH, args.count)):
                    generator = np.random.default_rng([args.seed, j])
                    name = kinds[generator.integers(len(kinds))]
                    seed = seeds[name][generator.integers(len(seeds[name]))]
                    (top / "now").write_text(f"{j} {name}")
                    signal.setitimer(signal.ITIMER_PROF, SECONDS)
                    answer = shown(name, targets.file_of(name, changed(seed, generator)), top)
                    with (top / "answers").open("a") as file:
                        file.write(f"{name}\t{answer}\t{j}\n")
                os._exit(0)
            _, status, usage = os.wait4(child, 0)
            most = max(most, usage.ru_maxrss)
            done = (top / "answers").read_text().splitlines()
            i = len(done)
            if status:
                j, name = (top / "now").read_text().split()
                with (top / "answers").open("a") as file:
                    file.write(f"{name}\tended with {os.waitstatus_to_exitcode(status)}\t{j}\n")
                i += 1
        lines = [line.split("\t") for line in (top / "answers").read_text().splitlines()]
    answers = collections.Counter((name, answer) for name, answer, _ in lines)
    for (name, answer), count in sorted(answers.items()):
        numbers = [j for n, a, j in lines if (n, a) == (name, answer)][:5]
        known = answer in ("refused", "answered")
        print(f"{name:8} {count:6} {answer}" + ("" if known else f" ({', '.join(numbers)})"))
    print(f"largest process: {most // 1024} MB")


def shown(name, content, top):
    """What a command makes of a file: "refused", "answered", or what is wrong."""
    from keras_restore import cli, export, inference

    with tempfile.TemporaryDirectory(dir=top) as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        path, output = folder / NAMES[name][0], folder / "out" / "b.png"
        path.write_bytes(content)
        small, opened, write = top / "small.png", inference.open_predictor, export.write_artifacts
        stack.callback(setattr, inference, "open_predictor", opened)
        stack.callback(setattr, export, "write_artifacts", write)
        if name in ("png", "tiff", "photo"):
            inference.open_predictor = lambda *_: made_predictors.Identity()
            arguments = ["restore", "--model=any", f"--input={path}", f"--output={output}"]
        elif name in ("tflite", "keras", "card"):
            if name == "card":
                (folder / "model.tflite").write_bytes(targets.seeds("tflite")[0])
            model = folder if name == "card" else path
            arguments = ["restore", f"--model={model}", f"--input={small}", f"--output={output}"]
        else:
            export.write_artifacts = lambda model, path, card: path.mkdir()
            output = folder / "out" / "model"
            arguments = ["import", f"--source={path}", f"--output={output}"]
        errors = stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        try:
            status = cli.main(arguments)
        except BaseException as error:
            return f"{type(error).__name__}: {' '.join(str(error).split())[:90]}"
        left = [p.name for p in (folder / "out").rglob("*") if p != output]
        words = errors.getvalue()
        if left or (status and output.exists()):
            return f"leaves {left or output.name}"
        if status:
            return "refused" if status in (1, 2) and words.strip() else f"{status} without a word"
        if output.suffix == ".png":
            Image.open(output).load()
        return "answered"


if __name__ == "__main__":
    main()
