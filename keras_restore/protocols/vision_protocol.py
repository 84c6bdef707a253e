"""Protocols of denoising for the sake of a vision network."""

import dataclasses

import numpy as np

from keras_restore.metrics import class_overlap, mean_iou, top_k

OUTPUTS = ("classes", "segments")
TOP = (1, 5)


@dataclasses.dataclass(frozen=True)
class VisionProtocol:
    """How much a vision network understands of degraded images.

    Args:
        name: As in reports: "classification_sigma15".
        task: Words for people.
        degradation: A `ReferenceDegradation`.
        output: What the network says, "classes" (one score per class) or "segments" (scores of
            each pixel, or its class).
        channels: Of the images.

    Raises:
        ValueError: If `output` is unknown.

    Example:

    >>> rows = evaluate(predict, labelled_images, classification(sigma=15))
    """

    name: str
    task: str
    degradation: object
    output: str
    channels: int = 3

    def __post_init__(self):
        if self.output not in OUTPUTS:
            raise ValueError(f"`output` must be one of {OUTPUTS}. Received: {self.output!r}")

    @property
    def sigma(self):
        """The noise level in grey levels of 255, None where there is none."""
        return getattr(self.degradation, "sigma", None)

    def degrade(self, clean, index):
        """Degrades one image, the same for the same index."""
        return self.degradation(clean, index)

    def sample(self, index, clean, label):
        """Prepares one labelled image of a set: the pair of its label and the degraded image."""
        if clean.ndim != 3 or clean.shape[2] != self.channels:
            raise ValueError(
                f"Protocol {self.name} needs images of {self.channels} channels. "
                f"Received: shape {clean.shape}"
            )
        return label, self.degrade(clean, index)

    def measure(self, label, degraded, output):
        """Measures what the network said of one image.

        Args:
            label: The class, or an integer array `(height, width)` of classes.
            degraded: The image; not used.
            output: Scores `(classes,)` or `(height, width, classes)`.

        Returns:
            Dictionary: "top1" and "top5" (1.0 or 0.0), or "intersection" and "union" (a list
            of pixel counts, one per class).
        """
        output = np.asarray(output)
        if self.output == "classes":
            return {
                f"top{k}": float(top_k(np.array([label]), output[None], min(k, output.size))[0])
                for k in TOP
            }
        intersection, union = class_overlap(label, output.argmax(-1), output.shape[-1])
        return {
            "intersection": np.asarray(intersection).tolist(),
            "union": np.asarray(union).tolist(),
        }

    def summary(self, rows):
        """The set's numbers from the rows of its images: "top1", "top5", or "mean_iou"."""
        if self.output == "classes":
            return {f"top{k}": float(np.mean([row[f"top{k}"] for row in rows])) for k in TOP}
        overlap = ([row[name] for row in rows] for name in ("intersection", "union"))
        return {"mean_iou": mean_iou(*overlap)}
