"""Trains JPEG deblocking of the luma: one quality, or a range.

Papers: DnCNN (TIP 2017, Sec. IV-E), RED-Net (arXiv 1606.08921, Sec. 5.4).

    python recipes/deblock.py --quality=10 --train_dir=DATA/train/Train400 \\
        --val_dir=DATA/test/Classic5 --workdir=runs/deblock_q10

Blind: --quality=5,99. Expected (papers, LIVE1, quality 10): DnCNN-3 29.19 dB, RED30 29.35 dB; on
Classic5, DnCNN-3 29.40 dB. What was reached on two cores, and how, is in docs/results/models.md and
docs/results/recipes.md.
"""

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import degradations, protocols, recipe

# Qualities that a blind network is measured at: those of the papers' tables.
BLIND_QUALITIES = (10, 20, 30, 40)

PRESETS = {
    "red30": {
        **{"model": "red30", "patch_size": 50, "schedule": "constant", "learning_rate": 1e-4},
    },
    "xdncnn": {"model": "xdncnn", "patch_size": 80},
}

FLAGS = flags.FLAGS
recipe.define_network("xdncnn")
flags.DEFINE_list("quality", ["10"], "JPEG quality, 1 to 100, or a range: 5,99.")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=80)


def main():
    quality = recipe.number_or_range("quality", int)
    qualities = BLIND_QUALITIES if isinstance(quality, tuple) else (quality,)
    recipe.experiment(
        lambda: recipe.make_network(channels=1),
        "luma",
        degradations.Jpeg(quality),
        [protocols.luma_deblocking(each) for each in qualities],
        task="JPEG deblocking of the luma",
    )


if __name__ == "__main__":
    recipe.run(main, PRESETS)
