"""Measuring a model on a set of images by a protocol."""

import numpy as np


def evaluate(restore, images, protocol, observe=None, batch_size=1):
    """Degrades images, shows them to a model and measures what it makes of them, each whole.

    Args:
        restore: Function from a float32 batch `(batch, height, width, channels)` to the model's
            output, such as `predict_on_batch`: restored images, or what a vision network says.
        images: Iterable of `(name, clean)`, clean a float32 array in [0, 1],
            `(height, width, channels)`; of `(name, clean, degraded)`, where the data holds the
            degraded images; of `(name, clean, label)` for a `VisionProtocol`. It is read once.
        protocol: A `Protocol` or a `VisionProtocol`.
        observe: Function called with (row, target, degraded, output) after each image, such as
            one that keeps pictures; the target is the clean image, or the label.
        batch_size: Most images that `restore` gets at a time: neighbours of one size.

    Returns:
        List of dictionaries, one per image in the given order: "image" and the protocol's numbers.
        Those of restoration are its metrics, "psnr", and the same of the degraded image,
        unclipped, "psnr_degraded". The set's numbers are `protocol.summary(rows)`.

    Raises:
        ValueError: If there are no images, one does not fit the protocol, a pair has two sizes,
            or the restored image has not the size of the clean one.

    Example:

    >>> rows = evaluate(model.predict_on_batch, images, gray_denoising(25))
    >>> print(gray_denoising(25).summary(rows)["psnr"])
    """
    rows, batch = [], []

    def measure():
        if not batch:
            return
        outputs = np.asarray(restore(np.stack([degraded for _, _, degraded in batch])))
        for (name, target, degraded), output in zip(batch, outputs, strict=True):
            try:
                numbers = protocol.measure(target, degraded, output)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
            rows.append({"image": str(name), **numbers})
            if observe is not None:
                observe(rows[-1], target, degraded, output)
        batch.clear()

    for sample in samples(images, protocol):
        if len(batch) == batch_size or (batch and batch[0][2].shape != sample[2].shape):
            measure()
        batch.append(sample)
    measure()
    return rows


def samples(images, protocol):
    """Brings images into a protocol's form and degrades them, one at a time.

    Args:
        images: As in `evaluate`.
        protocol: A `Protocol` or a `VisionProtocol`.

    Yields:
        `(name, clean, degraded)`; of a `VisionProtocol` `(name, label, degraded)`.

    Raises:
        ValueError: As in `evaluate`.

    Example:

    >>> name, clean, degraded = next(samples(images, named("luma_x3")))
    """
    index = -1
    for index, (name, clean, *given) in enumerate(images):
        try:
            yield name, *protocol.sample(index, clean, *given)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    if index < 0:
        raise ValueError("`images` must hold at least one image. Received none.")
