"""Trains one network in several ways for an equal time each, and compares what comes out.

    python -P benchmarks/trials.py --minutes=30 --train_dir=Train400 --val_dir=BSD68 --workdir=new
    python -P benchmarks/trials.py --ways=float32,bfloat16 --steps=2000 ...

A way is a row of WAYS, flags of recipes/denoise.py at sigma 25; what follows --flags goes to every
way. A way's first WARM_UP steps say how many hundreds of steps fill the time; with --steps each has
as many. "before" has Keras' own gradients and batch normalization, as the package trained up to
November 2026. What was killed continues with the same command.
"""

import argparse
import csv
import json
import pathlib
import runpy
import statistics
import subprocess
import sys

RECIPE = pathlib.Path(__file__).resolve().parents[1] / "recipes" / "denoise.py"
WARM_UP = 60
CHILD = "child"
ADAM = "--schedule=cosine --final_learning_rate=1e-5"
MUON = "--optimizer=muon --learning_rate=2e-3 --schedule=cosine --final_learning_rate=2e-6"
BFLOAT16 = "--mixed_precision=bfloat16"
WAYS = {
    "before": ADAM,
    "float32": ADAM,
    "bfloat16": f"{ADAM} {BFLOAT16}",
    "muon": f"{MUON} {BFLOAT16}",
    "muon-ema": f"{MUON} {BFLOAT16} --ema=0.995",
    "muon-ema-mae": f"{MUON} {BFLOAT16} --ema=0.995 --loss=mae",
}


def main():
    if sys.argv[1:2] == [CHILD]:
        return train(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ways", default="before,muon", help="rows of WAYS")
    parser.add_argument("--minutes", type=float, help="of each run")
    parser.add_argument("--steps", type=int, help="of each run, in the place of --minutes")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--train_dir", required=True)
    parser.add_argument("--val_dir", required=True)
    parser.add_argument("--workdir", required=True, type=pathlib.Path)
    parser.add_argument("--flags", default="", help="for every way, such as '--depth=5'")
    args = parser.parse_args()
    if (args.minutes is None) == (args.steps is None):
        parser.error("give --minutes or --steps")
    print("| way | steps | minutes | PSNR by seed | mean | spread |\n|---|---|---|---|---|---|")
    for way in args.ways.split(","):
        print(row(way, args), flush=True)


def row(way, args):
    """Trains in one way with every seed; returns its row of the table."""
    steps = args.steps or 100 * max(1, round(0.6 * args.minutes * speed(way, args)))
    scores, minutes = [], []
    for seed in args.seeds.split(","):
        workdir = args.workdir / f"{way}_{seed}"
        run(way, args, workdir, steps, seed)
        card = json.loads((workdir / "card.json").read_text())
        scores.append(next(iter(card["scores"].values()))["psnr"])
        minutes.append(card["training_seconds"] / 60)
    numbers = ", ".join(f"{score:.3f}" for score in scores)
    spread = max(scores) - min(scores)
    return (
        f"| {way} | {steps} | {statistics.mean(minutes):.1f} | {numbers} "
        f"| {statistics.mean(scores):.3f} | {spread:.3f} |"
    )


def speed(way, args):
    """Steps per second."""
    workdir = args.workdir / f"{way}_speed"
    run(way, args, workdir, WARM_UP, 0, f"--log_every={WARM_UP // 3}")
    with open(workdir / "log.csv", newline="") as file:
        seconds = [float(line["seconds"]) for line in csv.DictReader(file)]
    return (WARM_UP // 3) / (seconds[-1] - seconds[-2])


def run(way, args, workdir, steps, seed, *flags):
    if (workdir / "card.json").exists():
        return
    given = [f"--train_dir={args.train_dir}", f"--val_dir={args.val_dir}", f"--workdir={workdir}"]
    given += [f"--steps={steps}", f"--eval_every={steps}", f"--seed={seed}", *flags]
    given += [*WAYS[way].split(), *args.flags.split()]
    subprocess.run([sys.executable, "-P", __file__, CHILD, way, *given], check=True)


def train(way, *flags):
    """One run, in a process of its own."""
    import keras

    from keras_restore import layers

    if way == "before":
        layers.BatchNormalization.call = keras.layers.BatchNormalization.call
        layers.XUnit._fast_depthwise = lambda self, inputs: self.depthwise(inputs)
    sys.argv = [str(RECIPE), *flags]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
