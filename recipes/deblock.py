"""Trains JPEG deblocking of the luma: one quality, or a range.

Papers: DnCNN (TIP 2017, Sec. IV-E), RED-Net (arXiv 1606.08921, Sec. 5.4).

    python recipes/deblock.py --quality=10 --train_dir=DATA/train/Train400 \\
        --val_dir=DATA/test/Classic5 --workdir=runs/deblock_q10

Blind: --quality=5,99. Expected (papers, LIVE1, quality 10): DnCNN-3 29.19 dB, RED30 29.35 dB; on
Classic5, DnCNN-3 29.40 dB. What was reached on two cores, and how, is in docs/results/recipes.md.
"""

from absl import flags

from keras_restore import degradations, export, protocols, training

# Qualities that a blind network is measured at: those of the papers' tables.
BLIND_QUALITIES = (10, 20, 30, 40)

PRESETS = {
    "red30": {
        **{"model": "red30", "patch_size": 50, "schedule": "constant", "learning_rate": 1e-4},
    },
    "xdncnn": {"model": "xdncnn", "patch_size": 80},
}

FLAGS = flags.FLAGS
training.define_network("xdncnn")
flags.DEFINE_list("quality", ["10"], "JPEG quality, 1 to 100, or a range: 5,99.")
training.define_flags(steps=20_000, batch_size=64, patch_size=80)


def main():
    quality = training.number_or_range("quality", int)
    degradation = degradations.Jpeg(quality)
    qualities = BLIND_QUALITIES if isinstance(quality, tuple) else (quality,)

    workdir = training.open_workdir()
    images = training.training_images("luma")
    evaluations = training.evaluations([protocols.luma_deblocking(each) for each in qualities])
    model, result = training.train_from_flags(
        lambda: training.make_network(channels=1), images, degradation, evaluations, workdir
    )
    card = training.training_card(
        workdir,
        images,
        result,
        degradation,
        task="JPEG deblocking of the luma",
        color="luma",
    )
    export.write_artefacts(model, workdir.path, card)
    print(f"Done. Everything is in {workdir.path}")


if __name__ == "__main__":
    training.run(main, PRESETS)
