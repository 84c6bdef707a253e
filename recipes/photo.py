"""Trains a denoiser for photos from real cameras, which is told the noise level.

Paper: none; the degradations are those of Brooks et al. (CVPR 2019) and Zhang et al. (ICCV 2021),
the network is an xDnCNN (xUnit, CVPR 2018) with FDnCNN's noise level map.

    python recipes/photo.py --train_dir=DATA/train/BSDS500 \\
        --train_list=DATA/train/BSDS500/BSD432_list.txt --val_dir=PAIRS --workdir=runs/photo

Half of the patches get white noise or photons' noise, the others a sensor's noise or grain whose
neighbours are alike; most are then compressed. A folder of --val_dir may be of real pairs, such as
a_mean.png beside a_real.png: it is measured by `real_pairs`, with the estimated noise level; clean
images are measured with white noise. Own pairs to train on: --pairs_dir=FOLDER.
"""

from absl import flags

from keras_restore import degradations, export, protocols, training

LEVELS = (15, 25, 50)

FLAGS = flags.FLAGS
training.define_network("fxdncnn", ["fdncnn", "fxdncnn"])
training.define_flags(steps=20_000, batch_size=64, patch_size=80)


def photo_degradation():
    """White, photon, camera and correlated noise, most of it compressed."""
    noise = degradations.OneOf(
        [
            degradations.GaussianNoise((0, 75)),
            degradations.PoissonNoise((20, 2000)),
            degradations.CameraNoise(),
            degradations.CameraNoise(method="malvar"),
            degradations.CorrelatedNoise((0, 40), (0.2, 0.9), (0.2, 0.9)),
        ],
        weights=[4, 1, 1, 1, 3],
    )
    files = degradations.OneOf(
        [
            degradations.GaussianNoise(0),
            degradations.Jpeg((60, 98)),
            degradations.Jpeg((60, 98), "4:4:4"),
        ],
        weights=[2, 2, 1],
    )
    return degradations.Sequence([noise, files])


def main():
    degradation = photo_degradation()
    workdir = training.open_workdir()
    images = training.training_images("rgb")
    evaluations = training.evaluations(
        [protocols.color_denoising(level) for level in LEVELS], pairs=[protocols.real_pairs()]
    )
    model, result = training.train_from_flags(
        lambda: training.make_network(channels=3), images, degradation, evaluations, workdir
    )
    card = training.training_card(workdir, images, result, degradation, task="denoising of photos")
    export.write_artefacts(model, workdir.path, card)
    print(f"Done. Everything is in {workdir.path}")


if __name__ == "__main__":
    training.run(main)
