"""Out-of-focus blur."""

import math

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_border, check_range, draw_uniform
from keras_restore.ops.convolution import convolve
from keras_restore.ops.kernels import disk_kernel


class DiskBlur(Degradation):
    """Blurs with a disk, as MATLAB's `fspecial("disk", radius)`.

    Args:
        radius: Radius in pixels, at least 0; a pair is a range, one draw per image.
        border: What lies outside of the image: "symmetric" (its mirror image), "zero" or
            "circular".

    Raises:
        ValueError: If `radius` is negative or `border` unknown.

    Example:

    >>> degraded = DiskBlur(radius=7)(clean, seed=(0, 1))
    """

    def __init__(self, radius, border="symmetric"):
        self.range = check_range("radius", radius, low=0)
        self.radius = radius
        self.border = check_border(border)

    def sample(self, shape, seed):
        return {"radius": draw_uniform(self.range, shape[0], seed)}

    def apply(self, clean, parameters):
        size = 2 * max(math.ceil(self.range[1] - 0.5), 0) + 1
        return convolve(clean, disk_kernel(parameters["radius"], size), self.border)

    def get_config(self):
        return {"radius": self.radius, "border": self.border}
