"""Depthwise convolution with gradients that are fast on CPUs."""

import keras

from keras_restore.ops.on_cpu import on_cpu

# Below these the backend's own gradient is as fast: benchmarks/training.py.
SMALLEST_KERNEL = 5
FEWEST_CHANNELS = 16


def depthwise_conv(inputs, kernel):
    """Convolves each channel with its own filter, zero outside: stride 1, the size of the input.

    `keras.ops.depthwise_conv` with another gradient. The gradient of a filter is the correlation
    of the input with the gradient of the output, channel by channel. Under TensorFlow that is
    itself a depthwise convolution, one per image, whose filters are as large as the image and
    whose output is as small as the filter: its forward kernel takes a third (float32) to a
    seventh (bfloat16) of the time of its filter gradient. Under JAX, whose compiler is slow with
    large depthwise filters, convolution and gradients are sums of shifted products. What images
    add is summed in float32. On accelerators, under PyTorch and for small filters or few channels
    all is the backend's.

    Args:
        inputs: Tensor `(batch, height, width, channels)`.
        kernel: Tensor `(rows, columns, channels, 1)` of the same dtype; rows and columns are odd.

    Returns:
        Tensor of the shape and dtype of `inputs`.

    Example:

    >>> features = keras.random.normal((8, 40, 40, 64))
    >>> gates = depthwise_conv(features, keras.random.normal((9, 9, 64, 1)))
    """
    rows, columns, channels, _ = kernel.shape
    if max(rows, columns) < SMALLEST_KERNEL or channels < FEWEST_CHANNELS or not on_cpu():
        return _convolve(inputs, kernel)
    if keras.backend.backend() == "jax":
        return shifted_products(inputs, keras.ops.convert_to_tensor(kernel))

    import tensorflow as tf

    return _with_fast_gradient(inputs, tf.convert_to_tensor(kernel))


@keras.ops.custom_gradient
def shifted_products(inputs, kernel):
    """The same convolution and its gradients, as sums of shifted products.

    Args:
        inputs: As of `depthwise_conv`.
        kernel: As of `depthwise_conv`.

    Returns:
        Tensor of the shape and dtype of `inputs`.
    """

    def gradient(upstream):
        mirrored = keras.ops.flip(kernel, (0, 1))
        filters = _sum_of_products(inputs, upstream, *kernel.shape[:2])
        return _sum_of_shifts(upstream, mirrored), keras.ops.cast(filters, kernel.dtype)

    return _sum_of_shifts(inputs, kernel), gradient


def _sum_of_shifts(inputs, kernel):
    _, height, width, _ = inputs.shape
    rows, columns, _, _ = kernel.shape
    padded, weights = _padded(inputs, rows, columns), keras.ops.cast(kernel, "float32")
    total = 0.0
    for row in range(rows):
        for column in range(columns):
            shifted = padded[:, row : row + height, column : column + width]
            total += shifted * weights[row, column, :, 0]
    return keras.ops.cast(total, inputs.dtype)


def _sum_of_products(inputs, upstream, rows, columns):
    """The filters' gradient, float32: image by image, whose products stay in the cache."""
    _, height, width, channels = inputs.shape
    ones = keras.ops.ones((1, height * width))

    def add_image(total, image):
        padded, errors = image

        def of_shift(shift):
            start = (shift // columns, shift % columns, 0)
            shifted = keras.ops.slice(padded, start, (height, width, channels))
            return (ones @ keras.ops.reshape(shifted * errors, (-1, channels)))[0]

        return total + keras.ops.map(of_shift, keras.ops.arange(rows * columns)), 0

    start = keras.ops.zeros((rows * columns, channels))
    images = _padded(inputs, rows, columns), keras.ops.cast(upstream, "float32")
    total, _ = keras.ops.scan(add_image, start, images)
    return keras.ops.reshape(total, (rows, columns, channels, 1))


def _padded(inputs, rows, columns):
    borders = ((0, 0), (rows // 2,) * 2, (columns // 2,) * 2, (0, 0))
    return keras.ops.pad(keras.ops.cast(inputs, "float32"), borders)


@keras.ops.custom_gradient
def _with_fast_gradient(inputs, kernel):
    def gradient(upstream):
        mirrored = keras.ops.flip(kernel, (0, 1))
        return _convolve(upstream, mirrored), _filter_gradient(inputs, upstream, kernel)

    return _convolve(inputs, kernel), gradient


def _filter_gradient(inputs, upstream, kernel):
    import tensorflow as tf

    rows, columns, channels, _ = kernel.shape
    padding = [[0, 0], [rows // 2] * 2, [columns // 2] * 2, [0, 0]]

    def add_image(index, total):
        image, filters = inputs[index][None], upstream[index][..., None]
        part = tf.nn.depthwise_conv2d(image, filters, [1, 1, 1, 1], padding)[0]
        return index + 1, total + tf.cast(part, tf.float32)

    _, total = tf.while_loop(
        lambda index, _: index < tf.shape(inputs)[0],
        add_image,
        (0, tf.zeros((rows, columns, channels))),
    )
    return tf.cast(total[..., None], kernel.dtype)


def _convolve(inputs, kernel):
    return keras.ops.depthwise_conv(inputs, kernel, padding="same", data_format="channels_last")
