"""Trains a denoiser for additive white Gaussian noise: one level, or blind.

Papers: xUnit (CVPR 2018, Sec. 4.1), DnCNN (TIP 2017), RED-Net (arXiv 1606.08921), Liu et al.
(IJCAI 2018).

    python recipes/denoise.py --model=xdncnn --sigma=25 \\
        --train_dir=DATA/train/Train400 --val_dir=DATA/test/Set12 --workdir=runs/xdncnn25

Blind: --sigma=0,55. Colour: --channels=3 with colour images. savedmodels/xdncnn_color_blind is
both. Told the noise level: --model=fxdncnn --sigma=0,75. A paper's settings: --preset=dncnn_s;
what brings most in an hour: --preset=fast. The same command continues a run that was stopped. The
workdir holds at the end: model.keras, saved_model/, model.tflite, card.json, log.csv, curves.png,
pictures/.

Expected (paper, BSD68, sigma 25): xDnCNN 29.21 dB, DnCNN-S 29.23 dB. What was reached here, by
which command and on which machine, is in the card of savedmodels/xdncnn_gray_sigma25.
"""

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import degradations, protocols, recipe

# Noise levels that a blind denoiser is measured at: those of the papers' tables.
BLIND_LEVELS = (15, 25, 50)

DNCNN = {
    "model": "dncnn",
    "optimizer": "sgd",
    "loss": "half_summed_square",
    "init": "he_normal",
    "learning_rate": 1e-1,
    "final_learning_rate": 1e-4,
    "weight_decay": 1e-4,
    "clipnorm": 0.05,
    "batch_size": 128,
}
# 50 epochs of 128 x 1,600 or 128 x 3,000 patches. The DnCNN paper clips no gradient in its text;
# with its loss and learning rate a run from scratch needs it (NaN in the third step without).
PRESETS = {
    "dncnn_s": {**DNCNN, "depth": 17, "patch_size": 40, "steps": 80_000},
    "dncnn_b": {**DNCNN, "depth": 20, "patch_size": 50, "steps": 150_000, "sigma": ["0", "55"]},
    "cdncnn_b": {
        **DNCNN,
        **{"depth": 20, "patch_size": 50, "steps": 150_000, "sigma": ["0", "55"], "channels": "3"},
    },
    "denoising_unet": {
        **{"model": "denoising_unet", "channels": "3", "patch_size": 48, "batch_size": 32},
        **{"optimizer": "sgd", "schedule": "staircase", "steps": 1_500_000},
        **{"learning_rate": 1e-4, "final_learning_rate": 1e-6},
    },
    "red30": {
        **{"model": "red30", "patch_size": 50, "schedule": "constant", "learning_rate": 1e-4},
    },
    "xdncnn": {"model": "xdncnn", "patch_size": 80, "batch_size": 64},
    "fast": recipe.FAST,
}

FLAGS = flags.FLAGS
recipe.define_network("xdncnn")
flags.DEFINE_enum("channels", "1", ("1", "3"), "Gray or colour.")
flags.DEFINE_list("sigma", ["25"], "Noise level in grey levels of 255, or a range: 0,55.")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=80)


def main():
    channels = int(FLAGS.channels)
    sigma = recipe.number_or_range("sigma")
    protocol = protocols.gray_denoising if channels == 1 else protocols.color_denoising
    levels = BLIND_LEVELS if isinstance(sigma, tuple) else (sigma,)
    recipe.experiment(
        lambda: recipe.make_network(channels=channels),
        "gray" if channels == 1 else "rgb",
        degradations.GaussianNoise(sigma),
        [protocol(sigma=level) for level in levels],
        task=f"{'gray' if channels == 1 else 'colour'} denoising",
        sigma=sigma,
    )


if __name__ == "__main__":
    recipe.run(main, PRESETS)
