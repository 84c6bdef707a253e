"""Trains deraining of RGB images: on streaks of our own making, or on given pairs.

Papers: xUnit (CVPR 2018, Sec. 4.2), whose training pairs are DerainNet's (Fu et al., TIP 2017).

    python recipes/derain.py --train_dir=DATA/train/BSDS500 \\
        --leave_out=DATA/test/Rain100H/BSDS500_overlap.txt \\
        --val_dir=DATA/test/Rain100H --workdir=runs/derain

Given pairs: --pairs_dir=FOLDER with clean/ and rainy/. A folder of --val_dir may be of pairs, too;
on clean images it is measured with the rain of the training. Expected (paper, Rain12): xDnCNN
31.17 dB. What was reached on two cores, and how, is in docs/results/recipes.md.
"""

import dataclasses

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    import tensorflow as tf

    from keras_restore import degradations, protocols, recipe
    from keras_restore.degradations.rain import BLENDINGS

PRESETS = {
    "derain_net": {"model": "derain_net", "patch_size": 64},
    "xdncnn": {"model": "xdncnn", "patch_size": 80, "batch_size": 64},
}

FLAGS = flags.FLAGS
recipe.define_network("xdncnn")
flags.DEFINE_list("density", ["0.002", "0.01"], "Share of the pixels at which a streak starts.")
flags.DEFINE_list("length", ["9", "27"], "Length of the streaks in pixels.")
flags.DEFINE_list("width", ["0.7", "2"], "Width of the streaks in pixels.")
flags.DEFINE_list("angle", ["60", "120"], "Angle in degrees; 90 is vertical.")
flags.DEFINE_list("intensity", ["0.2", "0.7"], "Brightness of the brightest streak.")
flags.DEFINE_integer("layers", 2, "Layers of rain, each of one angle.", 1)
flags.DEFINE_enum("blending", "additive", BLENDINGS, "How rain is laid on.")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=80)


def main():
    ranged = ("density", "length", "width", "angle", "intensity")
    rain = degradations.Rain(
        **{name: recipe.number_or_range(name) for name in ranged},
        layers=FLAGS.layers,
        blending=FLAGS.blending,
    )

    def rainy(clean, seed):
        # As a file of 8 bits holds it.
        return tf.clip_by_value(rain(clean, seed), 0.0, 1.0)

    # Where the images are pairs, their own rain is taken.
    measured = [
        dataclasses.replace(protocol, degradation=protocols.PerImage(rainy))
        for protocol in (protocols.rgb_rain(), protocols.luma_rain())
    ]
    recipe.experiment(
        lambda: recipe.make_network(channels=3),
        "rgb",
        rainy,
        measured,
        task="deraining",
        described=rain,
        more={} if FLAGS.pairs_dir else {"clipped": True},
    )


if __name__ == "__main__":
    recipe.run(main, PRESETS)
