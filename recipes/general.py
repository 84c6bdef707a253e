"""Trains one network for three tasks: denoising, super-resolution and deblocking (DnCNN-3).

Paper: Zhang et al., "Beyond a Gaussian Denoiser", TIP 2017, Sec. III-F and IV-E: noise of sigma 0
to 55, bicubic x2, x3, x4, JPEG of quality 5 to 99, each for a third of the patches.

    python recipes/general.py --preset=dncnn_3 --train_dir=DATA/train/T91 \\
        --train_dir=DATA/train/BSDS500/train --val_dir=DATA/test/Set12 --val_dir=DATA/test/Set5 \\
        --val_dir=DATA/test/Classic5 --start_from=runs/dncnn_b/model.keras --workdir=runs/dncnn_3

Expected (paper): BSD68 sigma 25 29.02 dB; Set5 x3 33.75 dB; Classic5 quality 10 29.40 dB. What was
reached on two cores, and how, is in docs/results/recipes.md.
"""

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import degradations, protocols, recipe

# The paper's patches are 50 x 50, of images that were degraded whole. Ours are cut first, so that
# their side must be a multiple of all three scales for the small image to lie on its grid.
PATCH_MULTIPLE = 12
PRESETS = {
    "dncnn_3": {
        **{"model": "dncnn", "depth": 20, "batch_size": 128, "steps": 400_000},
        **{"optimizer": "sgd", "loss": "half_summed_square", "init": "he_normal"},
        **{"learning_rate": 1e-1, "final_learning_rate": 1e-4, "weight_decay": 1e-4},
        "clipnorm": 0.05,
    }
}

FLAGS = flags.FLAGS
recipe.define_network("dncnn")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=48)


def main():
    if FLAGS.patch_size % PATCH_MULTIPLE:
        raise ValueError(
            f"--patch_size must be a multiple of {PATCH_MULTIPLE}. Received: {FLAGS.patch_size}"
        )
    degradation = degradations.OneOf(
        [
            degradations.GaussianNoise((0, 55)),
            degradations.BicubicDownUp((2, 4), round_to_8_bits=True),
            degradations.Jpeg((5, 99)),
        ]
    )
    recipe.experiment(
        lambda: recipe.make_network(channels=1),
        "luma",
        degradation,
        [
            protocols.gray_denoising(25),
            protocols.luma_super_resolution(3),
            protocols.luma_deblocking(10),
        ],
        task="denoising, super-resolution and deblocking of the luma",
    )


if __name__ == "__main__":
    recipe.run(main, PRESETS)
