"""MATLAB's `imresize`, written from its documentation alone."""

import numpy as np


def imresize_axis(image, axis, scale, size):
    """MATLAB's `imresize` written down from its documentation: gather, weigh, normalise."""
    length = image.shape[axis]
    width = 4.0 / min(scale, 1.0)
    rows = []
    for i in range(size):
        center = (i + 1) / scale + 0.5 * (1 - 1 / scale)
        left = int(np.floor(center - width / 2))
        taps = np.arange(left, left + int(np.ceil(width)) + 2)
        x = np.abs((center - taps) * min(scale, 1.0))
        weights = np.where(
            x <= 1, 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        ) * (x <= 2)
        mirror = np.concatenate([np.arange(length), np.arange(length)[::-1]])
        taken = np.take(image, mirror[(taps - 1) % (2 * length)], axis=axis)
        rows.append(np.tensordot(weights / weights.sum(), taken, axes=([0], [axis])))
    return np.stack(rows, axis=axis)


def imresize(image, scale=None, size=None):
    for axis in (0, 1):
        length = image.shape[axis]
        factor = scale if scale else size[axis] / length
        out = int(np.ceil(length * scale - 1e-9)) if scale else size[axis]
        image = imresize_axis(image, axis, factor, out)
    return image
