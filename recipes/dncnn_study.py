"""Residual learning and batch normalisation need each other: DnCNN's Fig. 2.

Paper: Zhang, Zuo, Chen, Meng and Zhang, "Beyond a Gaussian Denoiser", TIP 2017, Sec. III-C.

    python recipes/dncnn_study.py --workdir=runs/dncnn_study \\
        --train_dir=DATA/train/Train400 --val_dir=DATA/test/BSD68

Four DnCNNs, with and without residual learning (RL) and batch normalisation (BN), are trained in
the same way, each in its own directory in the workdir; the same command continues a study that
was stopped. The paper's part (b) is --optimizer=adam (the default here), part (a) SGD, with the
flags of the preset dncnn_s of denoise.py. The workdir holds at the end: results.md, results.csv,
results.json, curves.png, and in the directory of the best network its exports.

Expected (paper, BSD68, sigma 25): with both the loss falls fastest, to 29.2 dB. The
defaults are the paper's scale; --preset=two_cores is that of a small machine, where a few hundred
steps show what residual learning gives, and not yet what batch normalisation adds to it.
"""

import functools

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import degradations, models, protocols, recipe

SMOKE_DEPTH, SMOKE_FILTERS = 3, 4
PRESETS = {"two_cores": {**recipe.TWO_CORES, "depth": 9, "filters": 32}}

FLAGS = flags.FLAGS
flags.DEFINE_float("sigma", 25.0, "Noise level in grey levels of 255.")
flags.DEFINE_integer("depth", 17, "Convolutions of the networks.", 2)
flags.DEFINE_integer("filters", 64, "Channels of the hidden layers.", 1)
recipe.define_flags(steps=20_000, batch_size=128, patch_size=40)


def main():
    degradation = degradations.GaussianNoise(FLAGS.sigma)
    networks = [network(rl, bn) for rl in (True, False) for bn in (True, False)]
    images = recipe.training_images("gray")
    evaluations = recipe.evaluations([protocols.gray_denoising(sigma=FLAGS.sigma)])
    workdir, outcomes = recipe.run_study(networks, images, degradation, evaluations)
    recipe.save_panels(workdir.path / "curves.png", recipe.training_curves(outcomes))
    recipe.write_results(
        workdir,
        "Residual learning and batch normalisation (DnCNN, Fig. 2)",
        [outcome.row() for outcome in outcomes],
        pictures=["curves.png"],
    )
    recipe.finish_best(outcomes, workdir, images, degradation)


def network(residual, batch_norm):
    """A DnCNN with or without the two."""
    depth = SMOKE_DEPTH if FLAGS.smoke else FLAGS.depth
    filters = SMOKE_FILTERS if FLAGS.smoke else FLAGS.filters
    build = functools.partial(
        models.dncnn, depth=depth, filters=filters, residual=residual, batch_norm=batch_norm
    )
    name = f"{'rl' if residual else 'direct'}_{'bn' if batch_norm else 'plain'}"
    words = {True: "yes", False: "no"}
    facts = {"residual learning": words[residual], "batch norm": words[batch_norm]}
    return recipe.StudyNetwork(name, build, facts)


if __name__ == "__main__":
    recipe.run(main, PRESETS)
