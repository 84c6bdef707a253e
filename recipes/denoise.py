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

import pathlib
import sys

from absl import flags

from keras_restore import data, degradations, export, models, training
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
    if FLAGS.smoke:
        _shrink()
    if not FLAGS.workdir:
        raise ValueError("Give the directory of the run: --workdir=runs/NAME")
    sigma = _sigma()
    degradation = degradations.GaussianNoise(sigma)
    workdir = training.Workdir(FLAGS.workdir, training.settings_from_flags())
    channels = int(FLAGS.channels)
    images = _training_images(channels)
    evaluations = _evaluations(channels, BLIND_LEVELS if isinstance(sigma, tuple) else (sigma,))

    training.set_up()
    with training.make_strategy().scope():
        model = BUILDERS[FLAGS.model](channels)
        optimizer = training.make_optimizer()
        result = training.train(
            model,
            images,
            degradation,
            workdir=workdir,
            optimizer=optimizer,
            loss="mse",
            steps=FLAGS.steps,
            batch_size=FLAGS.batch_size,
            patch_size=FLAGS.patch_size,
            seed=FLAGS.seed,
            evaluations=evaluations,
            placement=FLAGS.placement,
            log_every=FLAGS.log_every,
            eval_every=FLAGS.eval_every,
            callbacks=training.make_callbacks(workdir),
        )

    export.write_artefacts(
        model,
        workdir.path,
        {
            "name": workdir.path.name,
            "task": f"{'gray' if channels == 1 else 'colour'} denoising",
            "degradation": repr(degradation),
            "command": " ".join(["python", *sys.argv]),
            "settings": training.settings_from_flags(),
            "training_images": len(images),
            "steps": result.steps,
            "training_seconds": round(result.seconds),
            "scores": result.scores,
        },
    )
    print(f"Done. Everything is in {workdir.path}")


def _sigma():
    try:
        levels = tuple(float(level) for level in FLAGS.sigma)
    except ValueError:
        levels = ()
    if len(levels) not in (1, 2):
        raise ValueError(
            f"--sigma must be a number or a range such as 0,55. Received: {','.join(FLAGS.sigma)}"
        )
    return levels if len(levels) == 2 else levels[0]


def _training_images(channels):
    if FLAGS.smoke and not FLAGS.train_dir:
        return data.synthetic_images(channels=channels)
    if not FLAGS.train_dir:
        raise ValueError("Give the folder of the training images: --train_dir=FOLDER")
    names = None
    if FLAGS.train_list:
        names = pathlib.Path(FLAGS.train_list).read_text().split()
    return data.ImageSet.from_folder(FLAGS.train_dir, channels, FLAGS.patch_size, names)


def _evaluations(channels, levels):
    protocol = protocols.gray_denoising if channels == 1 else protocols.color_denoising
    sets = {
        pathlib.Path(folder).name: data.ImageSet.from_folder(folder, channels)
        for folder in FLAGS.val_dir
    }
    if FLAGS.smoke and not sets:
        sets["synthetic"] = data.synthetic_images(2, channels=channels, seed=1)
    return [
        training.Evaluation(name, images, protocol(sigma=level))
        for name, images in sets.items()
        for level in levels
    ]


def _shrink():
    FLAGS.steps, FLAGS.log_every, FLAGS.eval_every = 4, 2, 2
    FLAGS.batch_size, FLAGS.patch_size = 2, 16


if __name__ == "__main__":
    training.run(main)
