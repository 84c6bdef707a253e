"""Trains blind inpainting: text or scratches over RGB images, without a mask.

Paper: RED-Net (arXiv 1606.08921, Sec. 5.6).

    python recipes/inpaint.py --damage=text --font_size=10 --train_dir=DATA/train/BSDS500/train \\
        --val_dir=DATA/test/Set14 --workdir=runs/inpaint_text10

Expected (paper, RED30, LIVE1): text of size 10 38.24 dB, of size 20 34.99 dB; scratches 39.41 dB.
What was reached on two cores, and how, is in docs/results/recipes.md.
"""

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import degradations, protocols, recipe

# Font sizes that a network for a range of them is measured at: those of the paper.
FONT_SIZES = (10, 20)

PRESETS = {
    "red30": {
        **{"model": "red30", "patch_size": 50, "schedule": "constant", "learning_rate": 1e-4},
    },
}

FLAGS = flags.FLAGS
recipe.define_network("xdncnn")
flags.DEFINE_enum("damage", "text", ("text", "scratches"), "What covers the image.")
flags.DEFINE_list("font_size", ["10"], "Font size in pixels, or a range: 10,20.")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=64)


def main():
    # A patch holds a few strings or scratches, so that a picture of them is densely covered.
    if FLAGS.damage == "text":
        size = recipe.number_or_range("font_size", int)
        degradation = degradations.Text(size, count=(1, 4), characters=(3, 12))
        sizes = FONT_SIZES if isinstance(size, tuple) else (size,)
        measured = [protocols.text_removal(each) for each in sizes]
    else:
        degradation = degradations.OneOf(
            [
                degradations.Scratches(count=(1, 6), bend=(0, 40), level=level)
                for level in (0, 255, (0, 255))
            ]
        )
        measured = [protocols.scratch_removal()]
    recipe.experiment(
        lambda: recipe.make_network(channels=3),
        "rgb",
        degradation,
        measured,
        task=f"removal of {FLAGS.damage}",
    )


if __name__ == "__main__":
    recipe.run(main, PRESETS)
