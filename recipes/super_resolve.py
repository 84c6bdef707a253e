"""Trains super-resolution: of the luma after bicubic enlargement, or of small RGB images.

Papers: SRCNN (TPAMI 2016), xUnit (CVPR 2018, Sec. 4.3), DnCNN (TIP 2017), RED-Net, SRResNet
(CVPR 2017). SRResNet and xSRResNet take the small RGB image and enlarge it themselves; the others
take the enlarged luma. SRCNN and its variants predict the image in the papers; with --residual
they predict what bicubic misses, which takes minutes to learn where the image takes days.

    python recipes/super_resolve.py --preset=xsrcnn_f --scale=3 \\
        --train_dir=DATA/train/T91 --train_dir=DATA/train/BSDS500/train \\
        --train_dir=DATA/train/BSDS500/test \\
        --val_dir=DATA/test/Set5 --workdir=runs/xsrcnn_f_x3

One network for all scales: --scale=2,4. `keras-restore restore` then enlarges by the first, or by
its --upscale. Expected (paper, Set5 x3): xSRCNN-f 32.90 dB. What was reached on two cores, and how,
is in docs/results/recipes.md.
"""

import math

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import degradations, protocols, recipe

ENLARGING = ("srresnet", "xsrresnet")
NETWORKS = (
    *("srcnn", "xsrcnn_f", "xsrcnn_c", "dncnn", "xdncnn", "red10", "red20", "red30"),
    *ENLARGING,
)
# The xUnit paper: batches of 64, Adam, 1e-3 falling to 1e-4, mean squared error.
PRESETS = {
    **{name: {"model": name} for name in ("srcnn", "xsrcnn_f", "xsrcnn_c")},
    **{name: {"model": name, "scale": ["4"], "patch_size": 96} for name in ENLARGING},
    "red30": {
        **{"model": "red30", "schedule": "constant", "learning_rate": 1e-4},
    },
    "fast": {**recipe.FAST, "model": "xdncnn", "patch_size": 60},
}

FLAGS = flags.FLAGS
recipe.define_network("xsrcnn_f", NETWORKS)
flags.DEFINE_list("scale", ["3"], "Factor, or a range of them: 2,4.")
flags.DEFINE_bool("residual", False, "Whether SRCNN and its variants predict the residual.")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=48)


def main():
    scale = recipe.number_or_range("scale", int)
    scales = range(scale[0], scale[1] + 1) if isinstance(scale, tuple) else (scale,)
    enlarging = FLAGS.model in ENLARGING
    if enlarging:
        degradation = degradations.BicubicDownsample(scale, round_to_8_bits=True)
    else:
        degradation = degradations.BicubicDownUp(scale, round_to_8_bits=True)
    # Else the small patch would not lie on the grid that it has in a whole picture.
    if FLAGS.patch_size % math.lcm(*scales):
        raise ValueError(
            f"--patch_size must be a multiple of {math.lcm(*scales)}, for --scale="
            f"{','.join(FLAGS.scale)}. Received: {FLAGS.patch_size}"
        )
    if FLAGS.residual and "srcnn" not in FLAGS.model:
        raise ValueError(f"--residual is for SRCNN and its variants. Received: {FLAGS.model}")
    protocol = protocols.rgb_super_resolution if enlarging else protocols.luma_super_resolution
    arguments = {"scale": scale, "channels": 3} if enlarging else {"channels": 1}
    if FLAGS.residual:
        arguments["residual"] = True
    recipe.experiment(
        lambda: recipe.make_network(**arguments),
        "rgb" if enlarging else "luma",
        degradation,
        [protocol(each) for each in scales],
        task=f"super-resolution x{','.join(map(str, scales))}"
        + ("" if enlarging else " of the luma"),
        # Of a network for several, what `restore` takes unless it is told another one.
        upscale=None if enlarging else scales[0],
    )


if __name__ == "__main__":
    recipe.run(main, PRESETS)
