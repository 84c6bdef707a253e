"""Measuring what a vision network understands of degraded images."""

import numpy as np


def evaluate_vision(predict, labelled_images, protocol, batch_size=1):
    """Degrades labelled images and measures what a network says of them.

    Args:
        predict: Function from a float32 batch `(batch, height, width, channels)` to the
            network's output: scores of the classes, or scores of the classes at each pixel.
        labelled_images: Iterable of `(name, clean, label)`, clean a float32 array in [0, 1],
            label an integer, or an integer array `(height, width)`.
        protocol: A `VisionProtocol`.
        batch_size: Most images that `predict` gets at a time: neighbours of one size.

    Returns:
        List of dictionaries, one an image: "image" and the protocol's measures. The set's
        numbers are `protocol.summary(rows)`.

    Raises:
        ValueError: If there are no images, or one has other channels than the protocol.

    Example:

    >>> rows = evaluate_vision(predict, labelled_images, protocols.segmentation(15))
    >>> protocols.segmentation(15).summary(rows)["mean_iou"]
    """
    rows, batch = [], []

    def measure():
        if not batch:
            return
        outputs = np.asarray(predict(np.stack([degraded for _, degraded, _ in batch])))
        for (name, _, label), output in zip(batch, outputs, strict=True):
            rows.append({"image": str(name), **protocol.score(label, output)})
        batch.clear()

    for index, (name, clean, label) in enumerate(labelled_images):
        if clean.ndim != 3 or clean.shape[2] != protocol.channels:
            raise ValueError(
                f"Protocol {protocol.name} needs images of {protocol.channels} channels. "
                f"Received: {name} of shape {clean.shape}"
            )
        if len(batch) == batch_size or (batch and batch[0][1].shape != clean.shape):
            measure()
        batch.append((name, protocol.degrade(clean, index), label))
    measure()
    if not rows:
        raise ValueError("`labelled_images` must hold at least one image. Received none.")
    return rows
