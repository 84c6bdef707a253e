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

from keras_restore import degradations, protocols, recipe

LEVELS = (15, 25, 50)

FLAGS = flags.FLAGS
recipe.define_network("fxdncnn", ["fdncnn", "fxdncnn"])
recipe.define_flags(steps=20_000, batch_size=64, patch_size=80)


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
    recipe.experiment(
        lambda: recipe.make_network(channels=3),
        "rgb",
        photo_degradation(),
        [protocols.color_denoising(level) for level in LEVELS],
        pairs=[protocols.real_pairs()],
        task="denoising of photos",
    )


if __name__ == "__main__":
    recipe.run(main)
