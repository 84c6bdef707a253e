"""The pictures of an evaluation, kept as PNG files for the report."""

import base64
import io

import numpy as np
from PIL import Image

from keras_restore.data import to_uint8


class PictureBook:
    """Keeps clean, degraded and restored pictures of the first images of each set.

    Args:
        most: Most images of a set and protocol, at least 0.

    Raises:
        ValueError: If `most` is negative.

    Example:

    >>> book = PictureBook(most=24)
    """

    def __init__(self, most=24):
        if most < 0:
            raise ValueError(f"`most` must be at least 0. Received: most={most}")
        self.most = most
        self.pages = {}

    def add(self, dataset, protocol, label, row, clean, degraded, restored):
        """Keeps the pictures of one image and one model.

        Args:
            dataset: Name of the set.
            protocol: The `Protocol`.
            label: Of the model.
            row: Of `protocols.evaluate`.
            clean: float image in [0, 1], and so on; `degraded` is shown at the clean size.
        """
        page = self.pages.setdefault((dataset, protocol), {})
        if row["image"] not in page and len(page) >= self.most:
            return
        if row["image"] not in page:
            page[row["image"]] = {
                "size": [clean.shape[1], clean.shape[0]],
                "clean": _data_uri(clean),
                "degraded": _data_uri(protocol.baseline(degraded)),
                "restored": {},
                "scores": {"degraded": _scores(row, protocol.metrics, "_degraded")},
            }
        page[row["image"]]["restored"][label] = _data_uri(restored)
        page[row["image"]]["scores"][label] = _scores(row, protocol.metrics)


def _scores(row, metrics, suffix=""):
    values = {metric.name: row[f"{metric.name}{suffix}"] for metric in metrics}
    return {name: round(value, 4) if np.isfinite(value) else None for name, value in values.items()}


def _data_uri(image):
    pixels = to_uint8(np.asarray(image))
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
