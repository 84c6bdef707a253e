"""Measuring a restoration on a set of images."""

import dataclasses

import numpy as np


def evaluate(restore, images, protocol, observe=None):
    """Degrades, restores and measures images, one at a time and whole.

    Args:
        restore: Function from a float32 batch `(1, height, width, channels)` to the restored
            batch, such as a model's `predict_on_batch`.
        images: Iterable of `(name, clean)`, clean a float32 array in [0, 1],
            `(height, width, channels)`; or of `(name, clean, degraded)`, where the data holds
            the degraded images. It is read once, an image at a time.
        protocol: A `Protocol`.
        observe: Function called with (row, clean, degraded, restored) after each image, such as
            one that keeps pictures.

    Returns:
        List of dictionaries, one an image in the given order: "image", the protocol's metrics
        ("psnr" and "ssim"), and the same of the degraded image, unclipped
        ("psnr_degraded", ...).

    Raises:
        ValueError: If there are no images, one has other channels than the protocol, a pair
            has two sizes, or the restored image has not the size of the clean one.

    Example:

    >>> rows = evaluate(model.predict_on_batch, images, protocols.gray_denoising(25))
    >>> print(protocol.summary(rows)["psnr"])
    """
    as_it_is = dataclasses.replace(protocol, clip=False)
    rows = []
    for name, clean, degraded in samples(images, protocol):
        restored = np.asarray(restore(degraded[None]))[0]
        if restored.shape != clean.shape:
            raise ValueError(
                f"The restored image must be of the clean one's shape {clean.shape}. "
                f"Received: {restored.shape} for {name} by protocol {protocol.name}"
            )
        before = as_it_is.score(clean, protocol.baseline(degraded))
        rows.append(
            {
                "image": str(name),
                **protocol.score(clean, restored),
                **{f"{metric}_degraded": value for metric, value in before.items()},
            }
        )
        if observe is not None:
            observe(rows[-1], clean, degraded, restored)
    return rows


def samples(images, protocol):
    """Brings images into a protocol's form and degrades them, one at a time.

    Args:
        images: As in `evaluate`.
        protocol: A `Protocol`.

    Yields:
        `(name, clean, degraded)`.

    Raises:
        ValueError: As in `evaluate`.

    Example:

    >>> name, clean, degraded = next(samples(images, protocols.named("luma_x3")))
    """
    index = -1
    for index, (name, clean, *given) in enumerate(images):
        try:
            clean = protocol.prepare(clean)
            degraded = protocol.prepare(given[0]) if given else protocol.degrade(clean, index)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        if given and degraded.shape != clean.shape:
            raise ValueError(
                f"The images of a pair must be of one size. Received: {name}, "
                f"clean {clean.shape}, degraded {degraded.shape}"
            )
        yield name, clean, degraded
    if index < 0:
        raise ValueError("`images` must hold at least one image. Received none.")
