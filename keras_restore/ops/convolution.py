"""Convolution of each image with its own kernel."""

import numpy as np
import tensorflow as tf

BORDERS = ("symmetric", "zero", "circular")


def convolve(images, kernels, border="symmetric"):
    """Convolves images with kernels, one an image, channel by channel.

    The true convolution (the kernel is mirrored, as in `scipy.ndimage.convolve`), the same size
    as the input. Batch and channels become the channels of one depthwise convolution.

    Args:
        images: float32 tensor `(batch, height, width, channels)`.
        kernels: float32 tensor `(batch, rows, columns)`; rows and columns are known and odd.
        border: What lies outside of the image. "symmetric": its mirror image, the edge pixel
            repeated. "zero": zeros. "circular": its other side.

    Returns:
        float32 tensor `(batch, height, width, channels)`.

    Raises:
        ValueError: If `border` is unknown or a kernel is even.

    Example:

    >>> blurred = convolve(images, tf.repeat(disk_kernel(3)[None], 8, axis=0))
    """
    stacked, unstack = _stack(images)
    rows, columns = _odd_sizes(kernels.shape[1:])
    stacked = _extend(_extend(stacked, 1, rows // 2, border), 2, columns // 2, border)
    filters = tf.transpose(kernels[:, ::-1, ::-1], [1, 2, 0])
    return unstack(_depthwise(stacked, filters, images.shape[3], (rows, columns), border))


def convolve_separable(images, taps, border="symmetric"):
    """Convolves images with the outer product of taps with themselves, one row an image.

    Args:
        images: float32 tensor `(batch, height, width, channels)`.
        taps: float32 tensor `(batch, size)`; the size is known and odd.
        border: As in `convolve`.

    Returns:
        float32 tensor `(batch, height, width, channels)`.

    Raises:
        ValueError: If `border` is unknown or the size is even.

    Example:

    >>> blurred = convolve_separable(images, gaussian_taps(sigmas, size=13))
    """
    stacked, unstack = _stack(images)
    (size,) = _odd_sizes(taps.shape[1:])
    channels = images.shape[3]
    filters = tf.transpose(taps[:, ::-1])
    stacked = _extend(stacked, 1, size // 2, border)
    stacked = _depthwise(stacked, filters[:, None], channels, (size, 1), border)
    stacked = _extend(stacked, 2, size // 2, border)
    return unstack(_depthwise(stacked, filters[None], channels, (1, size), border))


def _stack(images):
    """Moves the batch beside the channels: `(1, height, width, batch * channels)`."""
    shape = tf.shape(images)
    batch, height, width, channels = (
        shape[i] if n is None else n for i, n in enumerate(images.shape)
    )
    stacked = tf.transpose(images, [1, 2, 0, 3])
    stacked = tf.reshape(stacked, [1, height, width, batch * channels])

    def unstack(result):
        result = tf.reshape(result, [height, width, batch, channels])
        return tf.transpose(result, [2, 0, 1, 3])

    return stacked, unstack


def _depthwise(stacked, filters, channels, size, border):
    filters = tf.repeat(filters, channels, axis=2) if channels != 1 else filters
    filters = tf.ensure_shape(filters[..., None], [*size, None, 1])
    padding = "SAME" if border == "zero" else "VALID"
    return tf.nn.depthwise_conv2d(stacked, filters, [1, 1, 1, 1], padding)


def _extend(stacked, axis, margin, border):
    """Adds what lies outside. A gather is several times as fast as `tf.pad`."""
    if border not in BORDERS:
        raise ValueError(f"`border` must be one of {BORDERS}. Received: border={border!r}")
    if margin == 0 or border == "zero":
        return stacked
    length = stacked.shape[axis]
    xp = np if length is not None else tf
    length = tf.shape(stacked)[axis] if length is None else length
    index = xp.range(-margin, length + margin) if xp is tf else np.arange(-margin, length + margin)
    if border == "circular":
        return tf.gather(stacked, index % length, axis=axis)
    index = index % (2 * length)
    return tf.gather(stacked, xp.where(index < length, index, 2 * length - 1 - index), axis=axis)


def _odd_sizes(sizes):
    if any(n is None or n % 2 == 0 for n in sizes):
        raise ValueError(f"Kernels must be odd. Received: size={tuple(sizes)}")
    return tuple(sizes)
