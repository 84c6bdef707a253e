"""MATLAB's bicubic `imresize` as two matrix products."""

import fractions
import math

import numpy as np

from keras_restore.ops.array_module import array_module


def resize_bicubic(images, scale=None, size=None):
    """Resizes images as MATLAB's `imresize(images, scale or size, "bicubic")` does.

    Cubic convolution with a = -0.5 (Keys, 1981), widened by the factor of a reduction
    (antialiasing), the weights of each output pixel normalised, the border mirrored with the
    edge pixel repeated. The result is not clipped or rounded. It is a product with one weight
    matrix an axis: any backend, any device. (On NVIDIA GPUs TensorFlow multiplies in TF32 by
    default, whose 10 bits leave an error of about 5e-4;
    `tf.config.experimental.enable_tensor_float_32_execution(False)` brings the 1e-6 back.)

    Args:
        images: Floating-point array or tensor, `(height, width, channels)` or a batch of them.
            Sizes may be unknown in a graph.
        scale: Factor for both axes, a number or `fractions.Fraction`; a float is taken as the
            nearest fraction with a denominator up to 1,000. The output size is rounded up.
        size: Pair `(height, width)` of the output, instead of `scale`.

    Returns:
        The same type; a NumPy array for a NumPy array, else a tensor.

    Raises:
        ValueError: If not exactly one of `scale` and `size` is given, or it is not positive.

    Example:

    >>> low = resize_bicubic(image, scale=1 / 3)
    >>> up = resize_bicubic(low, size=image.shape[:2])
    """
    if (scale is None) == (size is None):
        raise ValueError(
            f"Exactly one of `scale` and `size` must be given. Received: scale={scale}, size={size}"
        )
    xp = array_module(images)
    shape = images.shape if isinstance(images, np.ndarray) else xp.shape(images)
    height, width, channels = shape[-3:]
    weights = []
    for axis, length in enumerate((height, width)):
        if scale is not None:
            ratio = _fraction(scale)
            up, down = ratio.numerator, ratio.denominator
            output = -(-length * up // down)
        else:
            up, down, output = size[axis], length, size[axis]
            if isinstance(output, (int, np.integer)) and output < 1:
                raise ValueError(f"`size` must be positive. Received: size={size}")
        weights.append(bicubic_weights(length, output, up, down))
    dtype = getattr(images.dtype, "name", images.dtype)
    rows, columns = (xp.astype(w, dtype) if xp is np else xp.cast(w, dtype) for w in weights)
    lead = shape[:-3]

    def along_rows(matrix, pixels, kept):
        product = xp.matmul(matrix, xp.reshape(pixels, (*lead, -1, kept * channels)))
        return xp.reshape(product, (*lead, -1, kept, channels))

    resized = xp.swapaxes(along_rows(rows, images, width), -3, -2)
    output_height = resized.shape[-2] if resized.shape[-2] is not None else xp.shape(resized)[-2]
    return xp.swapaxes(along_rows(columns, resized, output_height), -3, -2)


def bicubic_weights(length, output, up, down):
    """Builds the matrix that resizes one axis from `length` to `output` pixels.

    All distances are exact ratios of integers, so float32 weights are right however large
    the image is. If a size is a tensor, the matrix is built in the graph.

    Args:
        length: Input pixels, an integer or an integer tensor.
        output: Output pixels, likewise.
        up: Numerator of the scale factor, likewise.
        down: Denominator of the scale factor, likewise.

    Returns:
        `(output, length)` matrix whose rows sum to one: float64 array, or float32 tensor.

    Example:

    >>> bicubic_weights(length=6, output=3, up=1, down=2).shape
    (3, 6)
    """
    static = all(isinstance(n, (int, np.integer)) for n in (length, output, up, down))
    if static:
        xp, dtype = np, "float64"
        # How often the support is longer than the image, so that it mirrors repeatedly.
        mirrors = math.ceil((2 * max(down / up, 1) + 1) / (2 * length))
    else:
        from keras import ops as xp

        dtype, mirrors = "float32", 1
    cast = (lambda x: np.asarray(x, dtype)) if static else (lambda x: xp.cast(x, dtype))
    pixel = 2 * xp.arange(output)[:, None] + 1
    source = xp.arange(length)[None, :]
    # The centre of output pixel i lies at (i + 1/2) / scale - 1/2; the distance to input
    # pixel j is `numerator` / (2 up).
    stretch = 2 * (xp.maximum(up, down))
    total = 0.0
    for period in range(-mirrors, mirrors + 1):
        for mirrored in (source, -1 - source):
            numerator = pixel * down - up * (1 + 2 * (mirrored + 2 * length * period))
            total = total + cubic(xp, cast(numerator) / cast(stretch))
    return total / xp.sum(total, axis=1, keepdims=True)


def cubic(xp, x):
    """Keys' cubic convolution kernel, a = -0.5, at distances `x`; `xp` is the array's module."""
    x = xp.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return xp.where(x <= 1.0, near, xp.where(x <= 2.0, far, xp.zeros_like(x)))


def _fraction(scale):
    ratio = fractions.Fraction(scale)
    if isinstance(scale, float):
        ratio = ratio.limit_denominator(1000)
    if ratio <= 0:
        raise ValueError(f"`scale` must be positive. Received: scale={scale}")
    return ratio
