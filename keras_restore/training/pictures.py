"""The pictures a run leaves: comparisons and curves."""

import numpy as np
from PIL import Image

from keras_restore.complete_path import complete_path
from keras_restore.data import to_uint8

GAP = 4
# Larger pictures are cut to their centre: one sees pixels, and the file stays small.
LARGEST_SIDE = 320


def pyplot():
    """Imports matplotlib's pyplot, set to write files and open no window.

    Returns:
        The module.

    Example:

    >>> figure, axis = pyplot().subplots()
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def save_figure(figure, path, dpi=110):
    """Writes a figure of `pyplot` and closes it; the file appears when it is complete.

    Args:
        figure: The figure.
        path: Path of the PNG.
        dpi: Pixels per inch.

    Example:

    >>> figure, axis = pyplot().subplots()
    >>> save_figure(figure, "empty.png")
    """
    with complete_path(path) as partial:
        figure.savefig(partial, dpi=dpi)
    pyplot().close(figure)


def save_comparison(path, clean, degraded, restored):
    """Saves clean | degraded | restored side by side.

    Args:
        path: Path of the PNG.
        clean, degraded, restored: Float images `(height, width, channels)` in [0, 1]; a
            smaller degraded one (super-resolution) is enlarged without interpolation, and its
            further channels are left out.
    """
    height, width = clean.shape[:2]
    top, left = max(0, height - LARGEST_SIDE) // 2, max(0, width - LARGEST_SIDE) // 2
    scale = height // degraded.shape[0]
    columns = []
    degraded = np.kron(degraded[..., : clean.shape[2]], np.ones((scale, scale, 1)))
    for image in (clean, degraded, restored):
        image = image[top : top + LARGEST_SIDE, left : left + LARGEST_SIDE]
        columns += [image, np.ones((image.shape[0], GAP, image.shape[2]))]
    pixels = to_uint8(np.concatenate(columns[:-1], axis=1))
    with complete_path(path) as partial:
        Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels).save(partial)


def save_curves(path, rows, on_batches, on_images):
    """Plots the loss over the steps, and a panel for each kind of number that the log has.

    Args:
        path: Path of the PNG.
        rows: The rows of a run's log.
        on_batches: Dictionary from columns that are measured on training batches to the labels
            of their axis; columns of one label share a panel.
        on_images: The same of the columns of evaluations.
    """
    panels = {}
    for name, label in (on_batches | on_images).items():
        panels.setdefault(label, []).append(name)
    figure, axes = pyplot().subplots(
        1, 1 + len(panels), figsize=(5 * (1 + len(panels)), 4), layout="constrained", squeeze=False
    )
    left, *others = axes[0]
    left.semilogy([row["step"] for row in rows], [row["loss"] for row in rows])
    left.set(xlabel="step", ylabel="training loss", title="Loss")
    for axis, (label, chosen) in zip(others, panels.items(), strict=True):
        for name in chosen:
            points = [(row["step"], row[name]) for row in rows if name in row]
            style = {} if name in on_batches else {"marker": "o", "markersize": 3}
            shown = "training batches" if name in on_batches else name
            axis.plot(*zip(*points, strict=True), label=shown, **style)
        axis.set(xlabel="step", ylabel=label, title=label.split(" [")[0])
        axis.legend()
    for axis in axes[0]:
        axis.grid(alpha=0.3)
    save_figure(figure, path)
