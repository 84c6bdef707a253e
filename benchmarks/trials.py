"""Trains one network in several ways for an equal time each, and compares what comes out.

    python -P benchmarks/trials.py --minutes=30 --train_dir=Train400 --val_dir=BSD68 --workdir=new
    python -P benchmarks/trials.py --ways=float32,bfloat16 --steps=2000 ...

A way is a row of WAYS, flags of recipes/denoise.py at sigma 25; what follows --flags goes to every
way. A way's first WARM_UP steps say how many hundreds of steps fill the time; with --steps each has
as many. What no flag says is a row of CHANGES. What was killed continues with the same command.
"""

import argparse
import csv
import importlib
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
WSD = "--schedule=warmup_stable_decay"
BFLOAT16 = "--mixed_precision=bfloat16"
WAYS = {
    "before": f"{ADAM} --ema=0.999 --batch_size=16 --patch_size=56",
    "float32": ADAM,
    "bfloat16": f"{ADAM} {BFLOAT16}",
    "muon": f"{MUON} {BFLOAT16}",
    "mae": f"{MUON} {BFLOAT16} --loss=mae",
    "psnr": f"{MUON} {BFLOAT16} --loss=psnr",
    "wsd": f"{MUON} {BFLOAT16} {WSD}",
    "mae-wsd": f"{MUON} {BFLOAT16} {WSD} --loss=mae",
    "psnr-wsd": f"{MUON} {BFLOAT16} {WSD} --loss=psnr",
    "warm-up": f"{MUON} {BFLOAT16}",
    "growing": f"{MUON} {BFLOAT16}",
    "frozen": f"{MUON} {BFLOAT16}",
    "rescaled": f"{MUON} {BFLOAT16}",
    "fast": f"--preset=fast {BFLOAT16}",
    "fast-cosine": f"--preset=fast {BFLOAT16} --schedule=cosine",
    "fast-psnr": f"--preset=fast {BFLOAT16} --loss=psnr",
}


def main():
    if sys.argv[1:2] == [CHILD]:
        return train(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ways", default="before,fast", help="rows of WAYS")
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
    CHANGES.get(way, lambda: None)()
    sys.argv = [str(RECIPE), *flags]
    runpy.run_path(sys.argv[0], run_name="__main__")


def before():
    """Keras' own gradients and batch normalization, as the first shipped models were trained."""
    import keras

    from keras_restore import layers

    layers.BatchNormalization.call = keras.layers.BatchNormalization.call
    layers.XUnit._fast_depthwise = lambda self, inputs: self.depthwise(inputs)


def warm_up():
    """The rate rises for a twentieth of the steps, then follows the cosine."""
    import keras

    class Schedule(keras.optimizers.schedules.CosineDecay):
        def __call__(self, step):
            done = keras.ops.cast(step, "float32") / self.decay_steps
            return super().__call__(step) * keras.ops.minimum(1.0, done / 0.05)

    keras.optimizers.schedules.CosineDecay = Schedule


def growing():
    """Patches of 5/8 of the side, then of it, then of 3/2, for a third of the steps each."""
    from absl import flags

    module = importlib.import_module("keras_restore.training.train")
    make = module.training_dataset

    def training_dataset(images, degradation, side, batch, seed, first_step, *rest):
        third, parts = flags.FLAGS.steps // 3, []
        for i, share in enumerate((5 / 8, 1, 3 / 2)):
            start = max(first_step, i * third)
            part = make(
                images, degradation, int(share * side), round(batch / share**2), seed, start, *rest
            )
            # Of a run that continues behind it, nothing: a negative number would take all.
            parts.append(part.take(max(0, (i + 1) * third - start)) if i < 2 else part)
        return parts[0].concatenate(parts[1]).concatenate(parts[2])

    module.training_dataset = training_dataset


def rescaled():
    """Every image four times: as it is, and at 0.9, 0.8 and 0.7 of its size, as DnCNN's."""
    import numpy as np

    from keras_restore import data, ops

    module = importlib.import_module("keras_restore.training.train")
    make = module.training_dataset

    def training_dataset(images, *rest):
        arrays = []
        for name, pixels in images:
            for scale in (1, 0.9, 0.8, 0.7):
                small = np.clip(ops.resize_bicubic(pixels, scale), 0, 1)
                arrays.append((name, np.round(255 * small).astype(np.uint8)))
        return make(data.ImageSet(arrays), *rest)

    module.training_dataset = training_dataset


def frozen():
    """Batch normalization by the whole set's statistics from nine tenths of the steps on.

    That is, from the next multiple of --log_every, which must come before the end.
    """
    from keras_restore import layers
    from keras_restore.training import batch_norm, callbacks

    call = layers.BatchNormalization.call

    def frozen_call(self, inputs, training=None, mask=None):
        return call(self, inputs, training=False, mask=mask)

    def on_epoch_begin(self, epoch, logs=None):
        done = layers.BatchNormalization.call is frozen_call
        if done or self.model.steps_done < self.steps * 9 // 10:
            return
        batch_norm.reestimate_batch_norm(self.restoration_model, self.batches)
        layers.BatchNormalization.call = frozen_call
        self.model.make_train_function(force=True)

    callbacks.Evaluate.on_epoch_begin = on_epoch_begin


CHANGES = {
    "before": before,
    "warm-up": warm_up,
    "growing": growing,
    "frozen": frozen,
    "rescaled": rescaled,
}


if __name__ == "__main__":
    main()
