"""Trains non-blind deblurring of RGB images: one network per kernel.

Paper: RED-Net (arXiv 1606.08921, Sec. 5.5).

    python recipes/deblur.py --kernel=disk --train_dir=DATA/train/BSDS500/train \\
        --val_dir=DATA/test/Set14 --workdir=runs/deblur_disk

Kernels are MATLAB's `fspecial`: disk (--radius), motion (--length, --angle), gaussian
(--blur_sigma), or given ones: --kernel=KERNEL.npy or --kernel=Levin09.npz --kernel_name=k1.
Expected (paper, RED30): disk 32.13 dB, motion 38.84 dB, Gaussian 34.49 dB, for images and kernels
that the paper does not name. What was reached on two cores, and how, is in docs/results/recipes.md.
"""

import pathlib

import numpy as np
from absl import flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import degradations, protocols, recipe

PRESETS = {
    "red30": {
        **{"model": "red30", "patch_size": 50, "schedule": "constant", "learning_rate": 1e-4},
    },
}

FLAGS = flags.FLAGS
recipe.define_network("xdncnn")
flags.DEFINE_string("kernel", "disk", "disk, motion, gaussian, or a .npy or .npz file.")
flags.DEFINE_float("radius", 7, "Radius of the disk in pixels.")
flags.DEFINE_float("length", 15, "Length of the motion in pixels.")
flags.DEFINE_float("angle", 45, "Angle of the motion in degrees.")
flags.DEFINE_float("blur_sigma", 1.6, "Standard deviation of the Gaussian in pixels.")
flags.DEFINE_string("kernel_name", None, "Name of the kernel in the .npz file.")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=64)


def main():
    name, degradation = make_blur()
    protocol = protocols.Protocol(
        f"blur_{name}", f"deblurring, {name} kernel", protocols.PerImage(degradation), "rgb"
    )
    recipe.experiment(
        lambda: recipe.make_network(channels=3), "rgb", degradation, [protocol], task=protocol.task
    )


def make_blur():
    """The name and the degradation of the flags."""
    if FLAGS.kernel == "disk":
        return protocol_name("disk", "radius"), degradations.DiskBlur(FLAGS.radius)
    if FLAGS.kernel == "motion":
        blur = degradations.MotionBlur(FLAGS.length, FLAGS.angle)
        return protocol_name("motion", "length", "angle"), blur
    if FLAGS.kernel == "gaussian":
        return protocol_name("gaussian", "blur_sigma"), degradations.GaussianBlur(FLAGS.blur_sigma)
    path = pathlib.Path(FLAGS.kernel)
    if path.suffix not in (".npy", ".npz"):
        raise ValueError(
            "--kernel must be disk, motion, gaussian, or a .npy or .npz file. "
            f"Received: {FLAGS.kernel}"
        )
    kernels = np.load(path)
    if path.suffix == ".npz":
        if FLAGS.kernel_name not in kernels:
            raise ValueError(
                f"--kernel_name must be one of {', '.join(kernels)}. Received: {FLAGS.kernel_name}"
            )
        kernels = kernels[FLAGS.kernel_name]
    if kernels.ndim != 2:
        raise ValueError(
            f"A kernel must be of shape (rows, columns). Received: shape={kernels.shape}"
        )
    return FLAGS.kernel_name or path.stem, degradations.Blur(kernels)


def protocol_name(kernel, *settings):
    """The kernel's, with its settings where they are not those of the protocol of that name."""
    if all(FLAGS[name].value == FLAGS[name].default for name in settings):
        return kernel
    return "_".join([kernel, *(f"{FLAGS[name].value:g}" for name in settings)])


if __name__ == "__main__":
    recipe.run(main, PRESETS)
