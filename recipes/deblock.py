"""Trains JPEG deblocking of the luma, or of colour: one quality, or a range.

Papers: DnCNN (TIP 2017, Sec. IV-E), RED-Net (arXiv 1606.08921, Sec. 5.4).

    python recipes/deblock.py --quality=10 --train_dir=DATA/train/Train400 \\
        --val_dir=DATA/test/Classic5 --workdir=runs/deblock_q10

Blind: --quality=5,99. Colour (`color_q10`): --channels=3. Expected (papers, LIVE1, quality 10):
DnCNN-3 29.19 dB, RED30 29.35 dB; on Classic5, DnCNN-3 29.40 dB. What was reached on two cores, and
how, is in docs/results/models.md and docs/results/recipes.md.
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
    "fast": recipe.FAST,
}

FLAGS = flags.FLAGS
recipe.define_network("xdncnn")
flags.DEFINE_enum("channels", "1", ("1", "3"), "Luma or colour.")
flags.DEFINE_list("quality", ["10"], "JPEG quality, 1 to 100, or a range: 5,99.")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=80)


def main():
    channels = int(FLAGS.channels)
    quality = recipe.number_or_range("quality", int)
    protocol = protocols.luma_deblocking if channels == 1 else protocols.color_deblocking
    qualities = BLIND_QUALITIES if isinstance(quality, tuple) else (quality,)
    recipe.experiment(
        lambda: recipe.make_network(channels=channels),
        "luma" if channels == 1 else "rgb",
        degradations.Jpeg(quality),
        [protocol(each) for each in qualities],
        task=f"JPEG deblocking of {'the luma' if channels == 1 else 'colour'}",
    )


if __name__ == "__main__":
    recipe.run(main, PRESETS)
