"""Gaussian blur."""

import math

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_border, check_range, draw_uniform
from keras_restore.ops.convolution import convolve_separable
from keras_restore.ops.kernels import gaussian_taps


class GaussianBlur(Degradation):
    """Blurs with a Gaussian, as MATLAB's `fspecial("gaussian", size, sigma)`.

    The kernel is separable, and so is the convolution.

    Args:
        sigma: Standard deviation in pixels, at least 0; a pair is a range, one draw per image.
        size: Odd height and width of the kernel, by default `2 ceil(3 sigma) + 1` of the
            largest sigma.
        border: What lies outside of the image: "symmetric" (its mirror image), "zero" or
            "circular".

    Raises:
        ValueError: If `sigma` is negative, `size` even or `border` unknown.

    Example:

    >>> degraded = GaussianBlur(sigma=1.6)(clean, seed=(0, 1))
    """

    def __init__(self, sigma, size=None, border="symmetric"):
        self.range = check_range("sigma", sigma, low=0)
        if size is not None and not (isinstance(size, int) and size > 0 and size % 2):
            raise ValueError(f"`size` must be a positive odd integer. Received: size={size!r}")
        self.taps = 2 * math.ceil(3 * self.range[1]) + 1 if size is None else size
        self.sigma = sigma
        self.size = size
        self.border = check_border(border)

    def sample(self, shape, seed):
        return {"sigma": draw_uniform(self.range, shape[0], seed)}

    def apply(self, clean, parameters):
        taps = gaussian_taps(parameters["sigma"], self.taps)
        return convolve_separable(clean, taps, self.border)

    def get_config(self):
        return {"sigma": self.sigma, "size": self.size, "border": self.border}
