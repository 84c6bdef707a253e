"""Trains a denoiser for additive white Gaussian noise: one level, or blind.

Papers: xUnit (CVPR 2018, Sec. 4.1), DnCNN (TIP 2017), RED-Net (arXiv 1606.08921).

    python recipes/denoise.py --model=xdncnn --sigma=25 \\
        --train_dir=DATA/train/Train400 --val_dir=DATA/test/Set12 --workdir=runs/xdncnn25

Blind: --sigma=0,55. Colour: --channels=3 with colour images. The same command continues a run
that was stopped. The workdir holds at the end: model.keras, saved_model/, model.tflite,
card.json, log.csv, curves.png, pictures/.

Expected (paper, BSD68, sigma 25): xDnCNN 29.21 dB, DnCNN-S 29.23 dB. What was reached here, by
which command and on which machine, is in the card of savedmodels/xdncnn_gray_sigma25.
"""

from absl import flags

from keras_restore import degradations, export, models, training
from keras_restore.metrics import protocols

BUILDERS = {
    "conv_net": lambda channels: models.conv_net(FLAGS.depth or 9, channels),
    "dncnn": lambda channels: models.dncnn(FLAGS.depth or 17, channels),
    "red10": models.red10,
    "red20": models.red20,
    "red30": models.red30,
    "xdncnn": lambda channels: models.xdncnn(channels, FLAGS.depth or 9),
    "xnet": lambda channels: models.xnet(FLAGS.depth or 3, channels),
}
# Noise levels that a blind denoiser is measured at: those of the papers' tables.
BLIND_LEVELS = (15, 25, 50)

FLAGS = flags.FLAGS
flags.DEFINE_enum("model", "xdncnn", sorted(BUILDERS), "Network.")
flags.DEFINE_integer("depth", None, "Convolutions of the network, where it has the choice.", 2)
flags.DEFINE_enum("channels", "1", ("1", "3"), "Gray or colour.")
flags.DEFINE_list("sigma", ["25"], "Noise level in grey levels of 255, or a range: 0,55.")
training.define_flags(steps=20_000, batch_size=64, patch_size=80)


def main():
    sigma = parse_sigma()
    channels = int(FLAGS.channels)
    degradation = degradations.GaussianNoise(sigma)
    workdir = training.open_workdir()
    images = training.training_images(channels)
    protocol = protocols.gray_denoising if channels == 1 else protocols.color_denoising
    evaluations = [
        training.Evaluation(name, validation_images, protocol(sigma=level))
        for name, validation_images in training.validation_sets(channels).items()
        for level in (BLIND_LEVELS if isinstance(sigma, tuple) else (sigma,))
    ]
    model, result = training.train_from_flags(
        lambda: BUILDERS[FLAGS.model](channels), images, degradation, evaluations, workdir
    )
    card = training.training_card(
        workdir,
        images,
        result,
        task=f"{'gray' if channels == 1 else 'colour'} denoising",
        degradation=repr(degradation),
    )
    export.write_artefacts(model, workdir.path, card)
    print(f"Done. Everything is in {workdir.path}")


def parse_sigma():
    """The flag as a number or a pair."""
    try:
        levels = tuple(float(level) for level in FLAGS.sigma)
    except ValueError:
        levels = ()
    if len(levels) not in (1, 2):
        raise ValueError(
            f"--sigma must be a number or a range such as 0,55. Received: {','.join(FLAGS.sigma)}"
        )
    return levels if len(levels) == 2 else levels[0]


if __name__ == "__main__":
    training.run(main)
