"""The pictures a run leaves: comparisons and curves."""

import numpy as np
from PIL import Image

from keras_restore.data import to_uint8

GAP = 4
# Larger pictures are cut to their centre: one sees pixels, and the file stays small.
LARGEST_SIDE = 320


def save_comparison(path, clean, degraded, restored):
    """Saves clean | degraded | restored side by side.

    Args:
        path: Path of the PNG.
        clean, degraded, restored: Float images `(height, width, channels)` in [0, 1]; a
            smaller degraded one (super-resolution) is enlarged without interpolation.
    """
    height, width = clean.shape[:2]
    top, left = max(0, height - LARGEST_SIDE) // 2, max(0, width - LARGEST_SIDE) // 2
    scale = height // degraded.shape[0]
    columns = []
    for image in (clean, np.kron(degraded, np.ones((scale, scale, 1))), restored):
        image = image[top : top + LARGEST_SIDE, left : left + LARGEST_SIDE]
        columns += [image, np.ones((image.shape[0], GAP, image.shape[2]))]
    pixels = to_uint8(np.concatenate(columns[:-1], axis=1))
    Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels).save(path)


def save_curves(path, rows):
    """Plots loss and PSNR over the steps.

    Args:
        path: Path of the PNG.
        rows: The rows of a run's log.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    left.semilogy([row["step"] for row in rows], [row["loss"] for row in rows])
    left.set(xlabel="step", ylabel="training loss", title="Loss")
    names = sorted({name for row in rows for name in row if name.endswith("psnr")})
    for name in names:
        points = [(row["step"], row[name]) for row in rows if name in row]
        style = {} if name == "psnr" else {"marker": "o", "markersize": 3}
        right.plot(*zip(*points, strict=True), label=name.replace("_psnr", ""), **style)
    right.set(xlabel="step", ylabel="PSNR [dB]", title="PSNR (psnr: training batches)")
    right.legend()
    for axis in (left, right):
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)
