"""Blur kernels, as MATLAB's `fspecial` defines them.

Each function takes a number and returns one float64 array of `fspecial`'s size, or takes tensors
`(batch,)` and a size and returns float32 tensors, one kernel per image. Kernels sum to one.
"""

import math

import numpy as np


def gaussian_taps(sigma, size=None):
    """Computes the row of a Gaussian kernel; the kernel is the outer product of it with itself.

    Equal to `fspecial("gaussian", size, sigma)`.

    Args:
        sigma: Standard deviation in pixels, at least 0 (which leaves the image as it is).
        size: Odd number of taps; `2 ceil(3 sigma) + 1` by default.

    Returns:
        `(size,)` array, or `(batch, size)` tensor.

    Raises:
        ValueError: If `size` is not odd and positive.

    Example:

    >>> kernel = np.outer(gaussian_taps(1.6), gaussian_taps(1.6))
    """
    xp, (sigma,), size = _prepare((sigma,), size, lambda: 2 * math.ceil(3 * sigma) + 1)
    offset = _offsets(xp, size[1])
    taps = xp.exp(-xp.square(offset / xp.maximum(sigma, 1e-3)) / 2.0)
    return taps / xp.sum(taps, axis=-1, keepdims=True)


def disk_kernel(radius, size=None):
    """Computes the kernel of a lens out of focus: the area that a disk covers of each pixel.

    Equal to `fspecial("disk", radius)`. The area is the second difference of the area that the
    disk has in common with the rectangle from its centre to a pixel corner.

    Args:
        radius: Radius in pixels, at least 0 (which leaves the image as it is).
        size: Odd height and width; `2 ceil(radius - 0.5) + 1` by default.

    Returns:
        `(size, size)` array, or `(batch, size, size)` tensor.

    Raises:
        ValueError: If `size` is not odd and positive.

    Example:

    >>> kernel = disk_kernel(radius=7)
    """
    xp, (radius,), size = _prepare((radius,), size, lambda: 2 * max(math.ceil(radius - 0.5), 0) + 1)
    radius = xp.maximum(radius, 1e-3)[..., None]
    edges = _offsets(xp, size[1] + 1)
    nearest = xp.sign(edges) * xp.minimum(xp.abs(edges), radius[..., 0])
    x, y = nearest[..., None, :], nearest[..., :, None]
    common = xp.sign(x) * xp.sign(y) * _corner_area(xp, xp.abs(x), xp.abs(y), radius)
    area = xp.diff(xp.diff(common, axis=-1), axis=-2)
    return _normalized(xp, xp.maximum(area, 0.0))


def motion_kernel(length, angle, size=None):
    """Computes the kernel of a straight, even motion of the camera.

    Equal to `fspecial("motion", length, angle)`: a pixel's weight is one minus its distance to
    the segment.

    Args:
        length: Length of the segment in pixels, at least 1 (which leaves the image as it is).
        angle: Direction in degrees, counter-clockwise from the horizontal.
        size: Odd number, or pair of them, of rows and columns; those that the segment needs by
            default.

    Returns:
        `(rows, columns)` array, or `(batch, rows, columns)` tensor.

    Raises:
        ValueError: If `size` is not odd and positive.

    Example:

    >>> kernel = motion_kernel(length=15, angle=45)
    """
    xp, (length, angle), size = _prepare((length, angle), size, lambda: motion_size(length, angle))
    half = ((xp.maximum(length, 1.0) - 1.0) / 2.0)[..., None]
    radians = angle[..., None] * (math.pi / 180.0)
    cosine, sine = xp.cos(radians), xp.sin(radians)
    x = _offsets(xp, size[1])[..., None, :]
    y = -_offsets(xp, size[0])[..., :, None]
    across = xp.abs(y * cosine - x * sine)
    beyond = half - xp.abs(x * cosine + y * sine)
    ended = xp.square(x) + xp.square(y) >= xp.square(half)
    distance = xp.where(ended, xp.sqrt(xp.square(across) + xp.square(beyond)), across)
    return _normalized(xp, xp.maximum(1.0 - distance, 0.0))


def motion_size(length, angle):
    """Computes the rows and columns of `fspecial("motion", length, angle)`.

    Args:
        length: Number of pixels.
        angle: Number of degrees.

    Returns:
        The pair `(rows, columns)`.
    """
    half = (max(length, 1) - 1) / 2
    radians = math.radians(angle % 180)
    return tuple(
        2 * int(half * abs(part) + 1 - 1e-9 * length) + 1
        for part in (math.sin(radians), math.cos(radians))
    )


def line_kernel(length, angle, width, size):
    """Computes a straight, antialiased line through the centre, of weight one inside.

    Unlike the blur kernels it does not sum to one.

    Args:
        length: Length in pixels.
        angle: Direction in degrees, counter-clockwise from the horizontal.
        width: Width in pixels.
        size: Odd number, or pair of them, of rows and columns.

    Returns:
        `(rows, columns)` array, or `(batch, rows, columns)` tensor.

    Raises:
        ValueError: If `size` is not odd and positive.

    Example:

    >>> streak = line_kernel(length=15, angle=80, width=1.5, size=21)
    """
    xp, (length, angle, width), size = _prepare((length, angle, width), size, None)
    radians = angle[..., None] * (math.pi / 180.0)
    cosine, sine = xp.cos(radians), xp.sin(radians)
    x = _offsets(xp, size[1])[..., None, :]
    y = -_offsets(xp, size[0])[..., :, None]
    across = width[..., None] / 2.0 + 0.5 - xp.abs(y * cosine - x * sine)
    along = length[..., None] / 2.0 + 0.5 - xp.abs(x * cosine + y * sine)
    narrow = xp.minimum(width[..., None], 1.0)
    return xp.minimum(xp.maximum(across, 0.0), narrow) * xp.clip(along, 0.0, 1.0)


def _prepare(parameters, size, default_size):
    """Returns the array module, the parameters with a trailing axis, and (rows, columns)."""
    if all(isinstance(p, (int, float, np.number)) for p in parameters):
        xp, parameters = np, tuple(np.asarray([p], "float64") for p in parameters)
    else:
        from keras import ops as xp

        parameters = tuple(xp.cast(p, "float32")[..., None] for p in parameters)
    size = default_size() if size is None else size
    size = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    if any(n < 1 or n % 2 == 0 for n in size):
        raise ValueError(f"`size` must be odd and positive. Received: size={size}")
    return xp, parameters, size


def _offsets(xp, count):
    """Distances from the centre of `count` points at a distance of one."""
    offsets = np.arange(count) - (count - 1) / 2
    return offsets if xp is np else xp.convert_to_tensor(offsets, "float32")


def _corner_area(xp, x, y, radius):
    """Area of the disk within [0, x] x [0, y], for 0 <= x, y <= radius."""
    inside = xp.square(x) + xp.square(y) <= xp.square(radius)
    start = xp.sqrt(xp.maximum(xp.square(radius) - xp.square(y), 0.0))
    start = xp.minimum(start, x)
    under = y * start + _circle_integral(xp, x, radius) - _circle_integral(xp, start, radius)
    return xp.where(inside, x * y, under)


def _circle_integral(xp, x, radius):
    """Integral of sqrt(radius^2 - t^2) from 0 to x."""
    root = xp.sqrt(xp.maximum(xp.square(radius) - xp.square(x), 0.0))
    return 0.5 * (x * root + xp.square(radius) * xp.arcsin(xp.minimum(x / radius, 1.0)))


def _normalized(xp, kernel):
    return kernel / xp.sum(kernel, axis=(-2, -1), keepdims=True)
