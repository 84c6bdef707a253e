"""Blur with given kernels."""

import warnings

import numpy as np
import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_border
from keras_restore.ops.convolution import convolve


class Blur(Degradation):
    """Convolves each image with one of the given kernels.

    `GaussianBlur`, `DiskBlur` and `MotionBlur` make the kernels that MATLAB's `fspecial` defines.

    Args:
        kernels: One kernel `(rows, columns)`, or several `(number, rows, columns)` of which each
            image draws one. Rows and columns are odd. A kernel that does not sum to one changes
            the brightness: that is allowed, with a warning.
        border: What lies outside of the image: "symmetric" (its mirror image), "zero" or
            "circular".

    Raises:
        ValueError: If a kernel is even, not finite or not of that shape, or `border` is unknown.

    Example:

    >>> shaken = Blur(kernels)(clean, seed=(0, 1))
    """

    def __init__(self, kernels, border="symmetric"):
        self.kernels = np.asarray(kernels, np.float32)
        self.border = check_border(border)
        if self.kernels.ndim == 2:
            self.kernels = self.kernels[None]
        shape = self.kernels.shape
        if len(shape) != 3 or shape[1] % 2 == 0 or shape[2] % 2 == 0:
            raise ValueError(
                "`kernels` must be of shape (rows, columns) or (number, rows, columns), rows and "
                f"columns odd. Received: shape={np.shape(kernels)}"
            )
        if not np.isfinite(self.kernels).all():
            raise ValueError("`kernels` must be finite. Received: NaN or infinity")
        sums = self.kernels.sum(axis=(1, 2))
        if np.abs(sums - 1).max() > 1e-3:
            warnings.warn(
                f"A blur kernel sums to {sums[np.abs(sums - 1).argmax()]:.4g}, not to 1: "
                "the brightness will change.",
                stacklevel=2,
            )

    def sample(self, shape, seed):
        index = tf.random.stateless_uniform([shape[0]], seed, 0, len(self.kernels), tf.int32)
        return {"kernel": tf.gather(tf.constant(self.kernels), index)}

    def apply(self, clean, parameters):
        return convolve(clean, parameters["kernel"], self.border)

    def get_config(self):
        return {"kernels": self.kernels.tolist(), "border": self.border}

    def __repr__(self):
        number, rows, columns = self.kernels.shape
        return f"Blur({number} kernels of {rows} x {columns}, border={self.border!r})"
