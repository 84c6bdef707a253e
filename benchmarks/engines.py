"""Measures every installed engine on the shipped denoisers.

    python -P benchmarks/engines.py --output=engines.md

Milliseconds per megapixel of a window of 256 x 256 and of 640 x 640 pixels, the fastest of --runs
runs, and the largest difference from Keras in float32 on noise. Each engine has a process of its
own, one after the other.
"""

import argparse
import json
import subprocess
import sys
import time

import numpy as np

MODELS = ("xdncnn_gray_sigma25", "photo")
ENGINES = (
    ("openvino", "float32"),
    ("litert", "float32"),
    ("keras", "float32"),
    ("saved_model", "float32"),
    ("openvino", "bfloat16"),
)
SIDES = (256, 640)
SIGMA = 25.0


def window(side, channels):
    return np.random.default_rng(side).random((1, side, side, channels), np.float32)


def run(model, engine, precision, runs):
    """The milliseconds per megapixel of each side, and the difference at the first."""
    from keras_restore.inference import open_predictor

    predictor = open_predictor(model, engine, precision)
    row = []
    for side in SIDES:
        batch, times = window(side, predictor.channels), []
        for _ in range(1 + runs):
            start = time.perf_counter()
            predictor(batch, SIGMA)
            times.append(time.perf_counter() - start)
        row.append(1000 * min(times) / (side**2 / 1e6))
    batch = window(SIDES[0], predictor.channels)
    difference = predictor(batch, SIGMA) - open_predictor(model, "keras")(batch, SIGMA)
    return [*row, float(np.abs(difference).max())]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="Markdown file to write; printed otherwise")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(run(*args.one, args.runs)))
        return
    lines = ["| model | engine | precision | 256 x 256 | 640 x 640 | largest difference |"]
    lines.append("|---|---|---|---|---|---|")
    for model in MODELS:
        for engine, precision in ENGINES:
            command = [sys.executable, "-P", __file__, f"--runs={args.runs}", "--one", model]
            result = subprocess.run([*command, engine, precision], capture_output=True, text=True)
            if result.returncode:
                cells = (result.stderr.strip().splitlines()[-1], "", "")
            else:
                *speeds, difference = json.loads(result.stdout.splitlines()[-1])
                cells = (*(f"{speed:,.0f}" for speed in speeds), f"{difference:.1e}")
            lines.append(f"| {model} | {engine} | {precision} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    if args.output:
        with open(args.output, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
