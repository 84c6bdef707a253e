"""Trains a denoiser for photos from real cameras, which is told the noise level.

Paper: none; the degradations are those of Brooks et al. (CVPR 2019) and Zhang et al. (ICCV 2021),
the network is an xDnCNN (xUnit, CVPR 2018) with FDnCNN's noise level map.

    python recipes/photo.py --train_dir=DATA/train/BSDS500 \\
        --train_list=DATA/train/BSDS500/BSD432_list.txt --val_dir=PAIRS --workdir=runs/photo

Half of the patches get white noise or photons' noise, the others a sensor's noise or grain whose
neighbours are alike; half are then compressed. The network is told the noise, not the compression.
A folder of --val_dir may be of real pairs, such as a_mean.png beside a_real.png: it is measured by
`real_pairs`, with the estimated noise level; clean images are measured with white noise. Own pairs
to train on: --pairs_dir=FOLDER.
"""

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import data, degradations, protocols, recipe

LEVELS = (15, 25, 50)

FLAGS = flags.FLAGS
recipe.define_network("fxdncnn", ["fdncnn", "fxdncnn"])
recipe.define_flags(steps=20_000, batch_size=64, patch_size=80)


def photo_noise():
    """White, photon, camera and correlated noise; the last line is like a phone's."""
    return degradations.OneOf(
        [
            degradations.GaussianNoise((0, 75)),
            degradations.PoissonNoise((20, 2000)),
            degradations.CameraNoise(),
            degradations.CameraNoise(method="malvar"),
            degradations.CorrelatedNoise((0, 40), (0.2, 0.9), (0.2, 0.9)),
            degradations.CorrelatedNoise((1, 15), (0.5, 0.9), (0.5, 1.0)),
        ],
        weights=[12, 2, 3, 3, 4, 8],
    )


def photo_file():
    """Half of the photos are JPEG files."""
    return degradations.OneOf(
        [
            degradations.GaussianNoise(0),
            degradations.Jpeg((60, 98)),
            degradations.Jpeg((60, 98), "4:4:4"),
        ],
        weights=[10, 7, 3],
    )


def main():
    noise, file = photo_noise(), photo_file()
    recipe.experiment(
        lambda: recipe.make_network(channels=3),
        "rgb",
        data.TellSigma(noise, file),
        [protocols.color_denoising(level) for level in LEVELS],
        pairs=[protocols.real_pairs()],
        described=degradations.Sequence([noise, file]),
        task="denoising of photos",
    )


if __name__ == "__main__":
    recipe.run(main, {"fast": recipe.FAST})
