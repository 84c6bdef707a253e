"""Peak signal-to-noise ratio."""

import math

import keras
from keras import ops

from keras_restore.metrics.image_metric import ImageMetric
from keras_restore.metrics.image_pair import image_pair


def psnr(clean, restored, data_range=1.0, crop_border=0):
    """Computes the peak signal-to-noise ratio of each image, in dB.

    `10 log10(data_range^2 / mean((clean - restored)^2))`, the mean over all pixels and
    channels of an image. Nothing is clipped or rounded: a protocol says whether to.

    Args:
        clean: Floating-point image `(height, width, channels)`, or a batch of them.
        restored: The same shape.
        data_range: Difference of the largest and the smallest possible value.
        crop_border: Pixels to leave out on each side.

    Returns:
        Tensor of one number per image: shape `(batch,)`, or a scalar for a single image.
        Equal images have infinity.

    Raises:
        ValueError: If the shapes differ, the values are integers, or the border leaves nothing.

    Example:

    >>> print(f"{psnr(np.zeros((8, 8, 1)), np.full((8, 8, 1), 0.1)):.3f}")
    20.000
    """
    single = len(clean.shape) == 3
    clean, restored = image_pair(clean, restored, crop_border)
    mean_square = ops.mean(ops.square(clean - restored), axis=(1, 2, 3))
    decibels = 20.0 * math.log10(data_range) - 10.0 * ops.log10(mean_square)
    return decibels[0] if single else decibels


@keras.saving.register_keras_serializable(package="keras_restore")
class PSNR(ImageMetric):
    """`psnr` as a metric of Keras and of protocols.

    Example:

    >>> model.compile("adam", "mse", metrics=[keras_restore.metrics.PSNR()])
    """

    name = "psnr"
    label = "PSNR"
    unit = "dB"
    digits = 3
    compute = staticmethod(psnr)
