"""Gaussian and median filters, as tensorflow-addons had them."""

from keras import ops

PADDINGS = ("reflect", "symmetric", "constant")


def gaussian_filter2d(images, filter_shape=(3, 3), sigma=1.0, padding="reflect", constant_values=0):
    """Filters images with a Gaussian: `tfa.image.gaussian_filter2d`.

    Args:
        images: Floating-point tensor `(batch, height, width, channels)`.
        filter_shape: Rows and columns of the filter, an integer or a pair.
        sigma: Standard deviation in rows and columns, a number or a pair, at least 0.
        padding: What lies outside: "reflect" (mirrored, the edge not repeated), "symmetric"
            (mirrored, the edge repeated) or "constant".
        constant_values: The constant.

    Returns:
        A tensor of the same shape.

    Raises:
        ValueError: If `padding` is unknown or `sigma` negative.

    Example:

    >>> smooth = gaussian_filter2d(images, filter_shape=(5, 5), sigma=1.5)
    """
    sigmas = _pair(sigma)
    if min(sigmas) < 0:
        raise ValueError(f"`sigma` must be at least 0. Received: sigma={sigma}")
    sizes = _pair(filter_shape)
    images = _pad(ops.convert_to_tensor(images), sizes, padding, constant_values)
    taps = [_taps(size, one, images.dtype) for size, one in zip(sizes, sigmas, strict=True)]
    kernel = ops.reshape(ops.outer(*taps), (*sizes, 1, 1))
    kernel = ops.tile(kernel, (1, 1, images.shape[-1], 1))
    return ops.depthwise_conv(images, kernel, padding="valid")


def median_filter2d(images, filter_shape=(3, 3), padding="reflect", constant_values=0):
    """Replaces each value by the median of its neighbours: `tfa.image.median_filter2d`.

    Args:
        images: Tensor `(batch, height, width, channels)`.
        filter_shape: Rows and columns of the neighbourhood, an integer or a pair. If their
            product is even, the two middle values are averaged.
        padding: As in `gaussian_filter2d`.
        constant_values: The constant.

    Returns:
        A tensor of the same shape.

    Raises:
        ValueError: If `padding` is unknown.

    Example:

    >>> without_salt = median_filter2d(images)
    """
    rows, columns = sizes = _pair(filter_shape)
    images = ops.convert_to_tensor(images)
    height, width = ops.shape(images)[1:3]
    padded = _pad(images, sizes, padding, constant_values)
    shifted = [
        padded[:, i : i + height, j : j + width] for i in range(rows) for j in range(columns)
    ]
    ordered = ops.sort(ops.stack(shifted, axis=-1), axis=-1)
    middle = rows * columns // 2
    if rows * columns % 2:
        return ordered[..., middle]
    return (ordered[..., middle - 1] + ordered[..., middle]) / 2


def _pair(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def _taps(size, sigma, dtype):
    distance = ops.cast(ops.arange(size) - (size - 1) // 2, dtype)
    # With a sigma of zero tensorflow-addons returns NaN; here the image stays as it is.
    return ops.softmax(-ops.square(distance) / max(2.0 * sigma**2, 1e-12))


def _pad(images, sizes, padding, constant_values):
    if padding not in PADDINGS:
        raise ValueError(f"`padding` must be one of {PADDINGS}. Received: padding={padding!r}")
    margins = [((size - 1) // 2, size - 1 - (size - 1) // 2) for size in sizes]
    constant = constant_values if padding == "constant" else None
    return ops.pad(images, [(0, 0), *margins, (0, 0)], padding, constant_values=constant)
