"""Trains a denoiser of clips, which restores a frame from those around it as well.

After FastDVDnet (Tassano et al., CVPR 2020): neighbouring frames are further channels, and the
network finds what moved by itself. Here it is one xDnCNN (xUnit, CVPR 2018), which learns from
photos: a camera that pans and shakes over each makes the frames, and every frame gets noise of its
own.

    python recipes/denoise_clips.py --frames=3 --train_dir=DATA/train/BSDS500 \\
        --train_list=DATA/train/BSDS500/BSD432_list.txt --val_dir=CBSD68 --workdir=runs/clips3 \\
        --start_from=savedmodels/xdncnn_color_blind/model.keras

--start_from a denoiser of pictures begins with what that one gives frame by frame. With --frames=1
the same training restores every frame alone, which is what the others are to be compared with.
docs/video.md says how such a model is used and measured on a clip.

Expected: no paper trains so small a network for clips. What a minute's training reached is in
docs/results/video.md.
"""

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import degradations, protocols, recipe

LEVELS = (15, 25, 50)

FLAGS = flags.FLAGS
recipe.define_network("xdncnn", ["xdncnn"])
flags.DEFINE_enum("channels", "3", ("1", "3"), "Gray or colour.")
flags.DEFINE_enum("frames", "3", ("1", "3", "5"), "From which one is restored.")
flags.DEFINE_list("speed", ["0", "8"], "Pixels per frame that the camera moves, or a range.")
flags.DEFINE_list("sigma", ["0", "55"], "Noise level in grey levels of 255, or a range.")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=80)


def main():
    channels, frames = int(FLAGS.channels), int(FLAGS.frames)
    color = "gray" if channels == 1 else "rgb"
    sigma, speed = recipe.number_or_range("sigma"), recipe.number_or_range("speed")

    def noisy_clip(level):
        pan = degradations.Pan(frames, speed)
        return degradations.Sequence([pan, degradations.GaussianNoise(level)])

    recipe.experiment(
        lambda: recipe.make_network(channels=channels, frames=frames),
        color,
        noisy_clip(sigma),
        [
            protocols.Protocol(
                f"{color}_clip_sigma{level:g}",
                f"denoising of clips, sigma {level:g}",
                protocols.PerImage(noisy_clip(level)),
                color,
            )
            for level in (LEVELS if isinstance(sigma, tuple) else (sigma,))
        ],
        task=f"{'gray' if channels == 1 else 'colour'} denoising of clips",
        sigma=sigma,
    )


if __name__ == "__main__":
    recipe.run(main)
