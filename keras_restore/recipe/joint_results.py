"""The table, the plot and the pictures of denoising for a vision network."""

import csv
import json

import numpy as np

from keras_restore import protocols
from keras_restore.complete_path import complete_path
from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.training.pictures import pyplot, save_figure
from keras_restore.training.vision_evaluation import VisionEvaluation

BATCH_SIZE = 50
PICTURED = 4


class JointResults:
    """Measures ways of denoising by what a vision network understands of the images then.

    Args:
        vision: The vision network, a `keras.Model`.
        labelled_set: A `LabelledSet`.
        psnr_images: Number of images, evenly picked, to measure PSNR and SSIM on.

    Attributes:
        rows: List of dictionaries: "sigma", "method", the numbers of the vision protocol
            ("top1" and "top5", or "mean_iou"), "psnr", "ssim".

    Example:

    >>> results = JointResults(vision, labelled_set)
    >>> results.measure("noisy", 30)
    >>> results.measure("joint", 30, denoiser)
    >>> results.write("runs/joint", {"seed": 0})
    """

    def __init__(self, vision, labelled_set, psnr_images=300):
        self.vision = vision
        self.labelled_set = labelled_set
        self.restoration_images = [(n, clean) for n, clean, _ in labelled_set.some(psnr_images)]
        self.pictured = labelled_set.some(PICTURED)
        self.shown = {}
        self.rows = []

    def measure(self, method, sigma, denoiser=None):
        """Adds the row of one way of denoising at one noise level.

        Args:
            method: Its name in the table.
            sigma: Noise level in grey levels; 0 is the clean image.
            denoiser: A `keras.Model`, or None for the noisy image itself.

        Returns:
            The row.
        """
        restore = KerasPredictor(denoiser) if denoiser else lambda degraded: degraded
        look = KerasPredictor(self.vision, VisionEvaluation.OUTPUT)
        vision_protocol = self._vision_protocol(sigma)
        numbers = VisionEvaluation(method, self.labelled_set, vision_protocol, BATCH_SIZE).measure(
            lambda degraded: look(restore(degraded))
        )
        if sigma:
            protocol = protocols.color_denoising(sigma)
            scores = protocols.evaluate(restore, self.restoration_images, protocol)
            mean = protocol.summary(scores)
            # As it is: an untouched noisy image is not clipped.
            suffix = "" if denoiser else "_degraded"
            numbers |= {m.name: mean[f"{m.name}{suffix}"] for m in protocol.metrics}
        self.rows.append({"sigma": sigma, "method": method, **numbers})
        for index, (_, clean, _) in enumerate(self.pictured):
            restored = restore(vision_protocol.degrade(clean, index)[None])
            self.shown[sigma, method, index] = restored[0], look(restored)[0]
        shown = ", ".join(f"{name} {value:.4f}" for name, value in numbers.items())
        print(f"sigma {sigma:g}, {method}: {shown}")
        return self.rows[-1]

    def _vision_protocol(self, sigma):
        per_pixel = self.labelled_set.per_pixel
        return (protocols.segmentation if per_pixel else protocols.classification)(sigma)

    def write(self, folder, about):
        """Writes `results.json`, `results.csv`, `results.md` and `results.png`.

        Args:
            folder: `pathlib.Path`.
            about: Dictionary of what else to say: command, seed, ...
        """
        columns = list(self.rows[-1])
        with complete_path(folder / "results.json") as partial:
            text = json.dumps({"about": about, "rows": self.rows}, indent=1)
            partial.write_text(text, encoding="utf-8")
        with complete_path(folder / "results.csv") as partial, open(partial, "w") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        with complete_path(folder / "results.md") as partial:
            partial.write_text(self._page(about, columns), encoding="utf-8")
        self._plot(folder / "results.png", columns[2])

    def _page(self, about, columns):
        units = {"psnr": "PSNR [dB]", "ssim": "SSIM", "mean_iou": "mean IoU [%]"}
        units |= {"top1": "top-1 [%]", "top5": "top-5 [%]"}
        lines = ["# Denoising for a vision network", ""]
        lines.append("| " + " | ".join(units.get(name, name) for name in columns) + " |")
        lines.append("|" + "---|" * len(columns))
        for row in self.rows:
            cells = [f"{row['sigma']:g}", row["method"]]
            for name in columns[2:]:
                value = row.get(name)
                percent = name in ("mean_iou", "top1", "top5")
                digits = 4 if name == "ssim" else 2
                cells.append(
                    "" if value is None else f"{value * (100 if percent else 1):.{digits}f}"
                )
            lines.append("| " + " | ".join(cells) + " |")
        lines += [
            "",
            f"PSNR and SSIM: of {len(self.restoration_images)} of the images. Separate: the "
            "denoiser trained by MSE alone. Joint: by MSE and the loss of this vision network, "
            "from the same start, on the same batches. Cross-task: trained jointly with the "
            "network of the other task.",
            "",
        ]
        for name, value in about.items():
            if isinstance(value, dict):
                value = ", ".join(f"{key} {each}" for key, each in value.items())
            lines.append(f"- {name}: `{value}`" if name == "command" else f"- {name}: {value}")
        return "\n".join(lines) + "\n"

    def _plot(self, path, measure):
        figure, axis = pyplot().subplots(figsize=(6, 4.5), layout="constrained")
        methods = list(dict.fromkeys(row["method"] for row in self.rows))
        for method in methods:
            points = [(r["sigma"], 100 * r[measure]) for r in self.rows if r["method"] == method]
            if method == "clean":
                axis.axhline(points[0][1], linestyle=":", color="gray", label="clean")
            else:
                axis.plot(*zip(*points, strict=True), marker="o", label=method)
        names = {"top1": "top-1 accuracy [%]", "mean_iou": "mean IoU [%]"}
        axis.set(xlabel="sigma", ylabel=names[measure])
        axis.grid(alpha=0.3)
        axis.legend()
        save_figure(figure, path)

    def save_picture(self, path, sigma):
        """Saves a few images as each method leaves them, and what the network says of each.

        Args:
            path: `pathlib.Path` of the PNG.
            sigma: Noise level of the measured methods to show.
        """
        methods = ["clean"] + [row["method"] for row in self.rows if row["sigma"] == sigma]
        per_pixel = self.labelled_set.per_pixel
        rows = len(self.pictured) * (2 if per_pixel else 1)
        figure, axes = pyplot().subplots(
            rows,
            len(methods),
            figsize=(2.2 * len(methods), 2.0 * rows),
            layout="constrained",
            squeeze=False,
        )
        for axis in axes.flat:
            axis.axis("off")
        for index, (_, _, label) in enumerate(self.pictured):
            for column, method in enumerate(methods):
                level = 0.0 if method == "clean" else sigma
                image, scores = self.shown[level, method, index]
                said = scores.argmax(-1)
                axis = axes[index * (2 if per_pixel else 1), column]
                axis.imshow(np.clip(image, 0, 1))
                right = per_pixel or said == label
                title = method if per_pixel else f"{method}: {said}"
                axis.set_title(title, fontsize=9, color="black" if right else "red")
                if per_pixel:
                    classes = self.labelled_set.num_classes
                    shown = label if method == "clean" else said
                    axes[2 * index + 1, column].imshow(shown, vmin=0, vmax=classes, cmap="tab20")
                    if method == "clean":
                        axes[2 * index + 1, column].set_title("true labels", fontsize=9)
        save_figure(figure, path, dpi=100)
