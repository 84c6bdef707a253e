"""Real images, in the form that the calibration of an integer file takes."""

import os

import numpy as np

from keras_restore.data import list_images, read_image, to_float

MAX_IMAGES = 32
MAX_SIZE = 128


def calibration_images(calibration, channels, size=None):
    """Reads the images that an integer file's number ranges are measured on.

    Args:
        calibration: A folder of images as the model gets them (degraded), or an iterable of
            batches `(batch, height, width, channels)`, float in [0, 1].
        channels: Of the model's input.
        size: (height, width) that the images are cropped or mirrored to; None leaves images up
            to 128x128 as they are and takes the middle of larger ones.

    Returns:
        List of at most 32 float32 arrays `(1, height, width, channels)`.

    Raises:
        ValueError: If there is no image, or one has another channel count.

    Example:

    >>> images = calibration_images("noisy_photos", channels=1)
    """
    if isinstance(calibration, (str, os.PathLike)):
        images = _folder(calibration, channels)
    else:
        images = _batches(calibration, channels)
    images = [_fit(image, size) for image in images]
    if not images:
        raise ValueError(
            "`calibration` must hold at least one image. "
            f"Received: calibration={_describe(calibration)}"
        )
    return images


def _folder(folder, channels):
    paths = list_images(folder)
    for path in paths[:: max(1, -(-len(paths) // MAX_IMAGES))]:
        pixels = read_image(path)
        if pixels.shape[2] != channels:
            raise ValueError(
                f"`calibration` must hold images of {channels} channels, as the model takes. "
                f"Received: {path} of {pixels.shape[2]}"
            )
        yield to_float(pixels)


def _batches(batches, channels):
    if isinstance(batches, np.ndarray):
        batches = [batches]
    count = 0
    for batch in batches:
        batch = np.asarray(batch, np.float32)
        if batch.ndim != 4 or batch.shape[3] != channels:
            raise ValueError(
                f"`calibration` must hold batches (batch, height, width, {channels}). "
                f"Received: shape={batch.shape}"
            )
        for image in batch:
            if count == MAX_IMAGES:
                return
            count += 1
            yield image


def _fit(image, size):
    missing = [(0, 0)]
    for axis in (1, 0):
        have = image.shape[axis]
        want = size[axis] if size else min(have, MAX_SIZE)
        start = max(0, (have - want) // 2)
        image = image[:, start : start + want] if axis else image[start : start + want]
        missing.insert(0, (0, max(0, want - have)))
    return np.pad(image, missing, mode="symmetric")[None]


def _describe(calibration):
    return repr(str(calibration)) if isinstance(calibration, (str, os.PathLike)) else "no batches"
