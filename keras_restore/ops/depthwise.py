"""Depthwise convolution with a filter gradient that is fast on CPUs."""

import keras

# Below these TensorFlow's own gradient is as fast: benchmarks/training.py.
SMALLEST_KERNEL = 5
FEWEST_CHANNELS = 16


def depthwise_conv(inputs, kernel):
    """Convolves each channel with its own filter, zero outside: stride 1, the size of the input.

    `keras.ops.depthwise_conv` with another gradient. The gradient of a filter is the correlation
    of the input with the gradient of the output, channel by channel. That is itself a depthwise
    convolution, one per image, whose filters are as large as the image and whose output is as
    small as the filter, and TensorFlow's forward kernel takes a third (float32) to a seventh
    (bfloat16) of the time of its filter gradient. What images add is summed in float32. On
    GPUs, under other backends and for small filters or few channels the gradient is the
    backend's.

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
    if (
        keras.backend.backend() != "tensorflow"
        or max(rows, columns) < SMALLEST_KERNEL
        or channels < FEWEST_CHANNELS
        or _has_gpu()
    ):
        return _convolve(inputs, kernel)

    import tensorflow as tf

    return _with_fast_gradient(inputs, tf.convert_to_tensor(kernel))


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


def _has_gpu():
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
