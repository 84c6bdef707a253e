"""What the RED-Net paper claims of its skips and strides, shown: Fig. 6 and 8.

Paper: Mao, Shen and Yang, arXiv 1606.08921, Sec. 4.3 and 4.5.

    python recipes/red_study.py --study=skips --workdir=runs/red_skips \\
        --train_dir=DATA/train/Train400 --val_dir=DATA/test/BSD68

--study=skips    Fig. 6: the loss of networks of several depths with and without symmetric skips.
--study=strides  Fig. 8: stride 2 in convolution 1, 5, 9, or 5 and 9: PSNR and time.

All networks keep the sum of input and output. Every network is trained in its own directory in
the workdir, in the same way; the same command continues a study that was stopped. The workdir
holds at the end: results.md, results.csv, results.json, the plots, and in the directory of the
best network its exports.

Expected (paper): without skips the loss grows with the depth, with them it falls; a stride in
convolution 1 is almost 4 times faster and costs less than 0.1 dB, one in 9 saves a third of the
time. The defaults are the paper's scale; --preset=two_cores is that of a small machine.
"""

import functools
import time

import numpy as np
from absl import flags

from keras_restore_command import without_logs

with without_logs():
    import tensorflow as tf

    from keras_restore import degradations, models, protocols, recipe

SKIP_STEP = 2
# The strided convolutions that the paper compares.
DOWNSAMPLE_AT = ((), (1,), (5,), (9,), (5, 9))
DEPTHS = {"skips": (10, 20, 30), "strides": (20,)}
SMOKE_DEPTHS = {"skips": (6,), "strides": (10,)}
SMOKE_FILTERS = 4
# Side of the picture that is timed; the fastest of so many runs counts.
TIMED_SIDE = 512
TIMED_RUNS = 7
PRESETS = {"two_cores": {**recipe.TWO_CORES, "patch_size": 32, "filters": 32}}

FLAGS = flags.FLAGS
flags.DEFINE_enum("study", "skips", list(DEPTHS), "What to show.")
flags.DEFINE_float("sigma", 50.0, "Noise level in grey levels of 255.")
flags.DEFINE_list("depths", None, "Layers of the networks, even numbers.")
flags.DEFINE_integer("filters", 64, "Channels of the hidden layers.", 1)
recipe.define_flags(
    steps=50_000, batch_size=64, patch_size=50, learning_rate=1e-4, final_learning_rate=1e-5
)


def main():
    depths = chosen_depths()
    degradation = degradations.GaussianNoise(FLAGS.sigma)
    if FLAGS.study == "skips":
        networks = [network(d, step) for d in depths for step in (None, SKIP_STEP)]
    else:
        networks = [
            network(depth, SKIP_STEP, downsample_at)
            for depth in depths
            for downsample_at in DOWNSAMPLE_AT
            if max(downsample_at, default=0) <= depth // 2
        ]
    images = recipe.training_images("gray")
    evaluations = recipe.evaluations([protocols.gray_denoising(sigma=FLAGS.sigma)])
    workdir, outcomes = recipe.run_study(networks, images, degradation, evaluations)
    report(outcomes, workdir, evaluations[0].label)
    recipe.finish_best(outcomes, workdir, images, degradation)


def chosen_depths():
    """The flag, or the study's depths."""
    if FLAGS.depths is None:
        return (SMOKE_DEPTHS if FLAGS.smoke else DEPTHS)[FLAGS.study]
    try:
        depths = tuple(int(text) for text in FLAGS.depths)
    except ValueError:
        depths = ()
    if not depths:
        raise ValueError(
            f"--depths must be even numbers such as 10,20. Received: {','.join(FLAGS.depths)}"
        )
    return depths


def network(depth, skip_step, downsample_at=()):
    """A RED-Net, named by its skips and strides."""
    filters = SMOKE_FILTERS if FLAGS.smoke else FLAGS.filters
    places = "_".join(f"conv{i}" for i in downsample_at)
    name = f"red{depth}_{'skips' if skip_step else 'plain'}{'_' + places if places else ''}"
    facts = {"depth": depth, "skips": "yes" if skip_step else "no"}
    if FLAGS.study == "strides":
        facts = {"depth": depth, "stride 2 in": places.replace("_", ", ") or "none"}
    build = functools.partial(
        models.red_net,
        depth=depth,
        filters=filters,
        skip_step=skip_step,
        downsample_at=downsample_at,
    )
    return recipe.StudyNetwork(name, build, facts)


def report(outcomes, workdir, label):
    """Writes tables and plots of trained networks."""
    rows = [outcome.row() for outcome in outcomes]
    panels = list(recipe.training_curves(outcomes))
    sentences, title = [], "RED-Net with and without symmetric skips (RED-Net, Fig. 6)"
    if FLAGS.study == "skips":
        sentences = skip_remarks(outcomes)
        for row, outcome in zip(rows, outcomes, strict=True):
            row["last loss"] = last_loss(outcome)
    else:
        title = "RED-Net with strides of 2 (RED-Net, Fig. 8)"
        add_times(rows, outcomes)
        points = {
            row["network"]: [(row["ms per megapixel"], outcome.score)]
            for row, outcome in zip(rows, outcomes, strict=True)
            if outcome.result
        }
        panels.append(recipe.Panel(label, "ms per megapixel", "PSNR [dB]", points))
    recipe.save_panels(workdir.path / "curves.png", panels)
    recipe.write_results(workdir, title, rows, sentences, ["curves.png"])


def last_loss(outcome):
    """The mean training loss between the last two rows of the log."""
    return f"{outcome.workdir.read_log()[-1]['loss']:.6f}" if outcome.result else "diverged"


def skip_remarks(outcomes):
    """Sentences that compare each depth with and without skips."""
    sentences = []
    for plain, skipped in zip(outcomes[::2], outcomes[1::2], strict=True):
        if plain.result and skipped.result:
            gain = skipped.score - plain.score
            sentences.append(
                f"Depth {plain.network.facts['depth']}: the skips give {gain:+.3f} dB "
                f"({plain.score:.3f} without, {skipped.score:.3f} with)."
            )
    return sentences


def add_times(rows, outcomes):
    """Adds the time, and speed and PSNR relative to the first network of the same depth."""
    first = {}
    for row, outcome in zip(rows, outcomes, strict=True):
        if not outcome.result:
            continue
        milliseconds = milliseconds_per_megapixel(outcome.model)
        reference = first.setdefault(row["depth"], (milliseconds, outcome.score))
        row["ms per megapixel"] = round(milliseconds, 1)
        row["times faster"] = round(reference[0] / milliseconds, 2)
        row["gain [dB]"] = round(outcome.score - reference[1], 3)


def milliseconds_per_megapixel(model):
    """Times a model on one picture, as a graph of fixed size; the fastest run counts."""
    side = 64 if FLAGS.smoke else TIMED_SIDE
    picture = tf.constant(np.random.default_rng(0).random((1, side, side, 1), np.float32))
    graph = tf.function(lambda x: model(x, training=False))
    graph(picture).numpy()
    seconds = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        graph(picture).numpy()
        seconds.append(time.perf_counter() - start)
    return 1000 * min(seconds) / (side * side / 1e6)


if __name__ == "__main__":
    recipe.run(main, PRESETS)
