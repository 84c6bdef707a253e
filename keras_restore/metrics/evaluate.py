"""Measuring a restoration on a set of images."""

import dataclasses

import numpy as np


def evaluate(restore, images, protocol):
    """Degrades, restores and measures images, one at a time and whole.

    Args:
        restore: Function from a float32 batch `(1, height, width, channels)` to the restored
            batch, such as a model's `predict_on_batch`.
        images: Iterable of `(name, clean)`, clean a float32 array in [0, 1],
            `(height, width, channels)`. It is read once, an image at a time.
        protocol: A `Protocol`.

    Returns:
        List of dictionaries, one an image in the given order: "image", the protocol's metrics
        ("psnr" and "ssim"), and the same of the degraded image, unclipped
        ("psnr_degraded", ...).

    Raises:
        ValueError: If there are no images, or one has other channels than the protocol.

    Example:

    >>> rows = evaluate(model.predict_on_batch, images, protocols.gray_denoising(25))
    >>> print(np.mean([row["psnr"] for row in rows]))
    """
    as_it_is = dataclasses.replace(protocol, clip=False, round_to_8_bits=False)
    rows = []
    for index, (name, clean) in enumerate(images):
        if clean.ndim != 3 or clean.shape[2] != protocol.channels:
            raise ValueError(
                f"Protocol {protocol.name} needs images of {protocol.channels} channels. "
                f"Received: {name} of shape {clean.shape}"
            )
        degraded = protocol.degrade(clean, index)
        restored = np.asarray(restore(degraded[None]))[0]
        before = as_it_is.score(clean, degraded)
        rows.append(
            {
                "image": str(name),
                **protocol.score(clean, restored),
                **{f"{metric}_degraded": value for metric, value in before.items()},
            }
        )
    if not rows:
        raise ValueError("`images` must hold at least one image. Received none.")
    return rows
