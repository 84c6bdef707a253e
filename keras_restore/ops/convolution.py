"""Convolution of each image with its own kernel."""

import tensorflow as tf

from keras_restore.ops.shape import known_shape

BORDERS = ("symmetric", "zero", "circular")


def convolve(images, kernels, border="symmetric"):
    """Convolves images with kernels, one per image, channel by channel.

    The true convolution (the kernel is mirrored, as in `scipy.ndimage.convolve`), the same size
    as the input. Channels and batch become the channels of one depthwise convolution.

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

    >>> blurred = convolve(images, tf.repeat(disk_kernel(3)[None].astype("float32"), 8, axis=0))
    """
    rows, columns = _odd_sizes(kernels.shape[1:])
    stacked, unstack = _stack(images, (rows // 2, columns // 2), border)
    filters = tf.transpose(kernels[:, ::-1, ::-1], [1, 2, 0])
    return unstack(_depthwise(stacked, filters, images.shape[3], (rows, columns), border))


def convolve_separable(images, taps, border="symmetric"):
    """Convolves images with the outer product of taps with themselves, one row per image.

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
    (size,) = _odd_sizes(taps.shape[1:])
    stacked, unstack = _stack(images, (size // 2, size // 2), border)
    channels = images.shape[3]
    filters = tf.transpose(taps[:, ::-1])
    stacked = _depthwise(stacked, filters[:, None], channels, (size, 1), border)
    return unstack(_depthwise(stacked, filters[None], channels, (1, size), border))


def _stack(images, margins, border):
    """Moves the batch behind the channels: `(1, height, width, channels * batch)`, extended.

    With the batch last, both ways are the transposition of a matrix, the fastest there is.
    """
    if border not in BORDERS:
        raise ValueError(f"`border` must be one of {BORDERS}. Received: border={border!r}")
    batch, height, width, channels = known_shape(images)
    stacked = tf.transpose(images, [1, 2, 3, 0])
    if border != "zero" and any(margins):
        # One gather for both axes is several times as fast as `tf.pad`.
        rows = _sources(height, margins[0], border)
        columns = _sources(width, margins[1], border)
        stacked = tf.reshape(stacked, [height * width, channels * batch])
        stacked = tf.gather(stacked, tf.reshape(rows[:, None] * width + columns, [-1]))
        extended = [height + 2 * margins[0], width + 2 * margins[1]]
    else:
        extended = [height, width]
    stacked = tf.reshape(stacked, [1, *extended, channels * batch])

    def unstack(result):
        result = tf.reshape(result, [height, width, channels, batch])
        return tf.transpose(result, [3, 0, 1, 2])

    return stacked, unstack


def _sources(length, margin, border):
    """Where each line of an extended axis comes from."""
    index = tf.range(-margin, length + margin)
    if border == "circular":
        return index % length
    index = index % (2 * length)
    return tf.minimum(index, 2 * length - 1 - index)


def _depthwise(stacked, filters, channels, size, border):
    filters = tf.tile(filters, [1, 1, channels]) if channels != 1 else filters
    filters = tf.ensure_shape(filters[..., None], [*size, None, 1])
    padding = "SAME" if border == "zero" else "VALID"
    return tf.nn.depthwise_conv2d(stacked, filters, [1, 1, 1, 1], padding)


def _odd_sizes(sizes):
    if any(n is None or n % 2 == 0 for n in sizes):
        raise ValueError(f"Kernels must be odd. Received: size={tuple(sizes)}")
    return tuple(sizes)
