"""PSNR that also counts visible block edges."""

import math

import keras
from keras import ops

from keras_restore.metrics.image_metric import ImageMetric
from keras_restore.metrics.image_pair import image_pair


def psnr_b(clean, restored, data_range=1.0, block_size=8, crop_border=0):
    """Computes PSNR-B of each image, in dB: PSNR with a penalty for block edges.

    Yim and Bovik, "Quality Assessment of Deblocked Images", IEEE TIP 2011, eq. 8 to 14. The
    mean square error is enlarged by the blocking effect factor of the restored image,

        BEF = t (D_B - D_N),  t = log2(block_size) / log2(min(height, width))

    where D_B is the mean squared difference of neighbours across block edges, D_N that of all
    other neighbours, and t = 0 where D_B <= D_N. We divide by the exact numbers of pairs of
    neighbours. Colour images have the sum of their channels' differences averaged over them.

    Args:
        clean: Floating-point image `(height, width, channels)`, or a batch of them.
        restored: The same shape. Blocks start at its upper left corner.
        data_range: Difference of the largest and the smallest possible value.
        block_size: In pixels.
        crop_border: Pixels to leave out on each side, a multiple of `block_size`.

    Returns:
        Tensor of one number per image: shape `(batch,)`, or a scalar for a single image.

    Raises:
        ValueError: If the shapes differ, the image has no block edge, or the border moves the
            blocks.

    Example:

    >>> number = psnr_b(clean, restored)
    """
    if crop_border % block_size:
        raise ValueError(
            f"`crop_border` must be a multiple of block_size={block_size}. "
            f"Received: crop_border={crop_border}"
        )
    single = len(clean.shape) == 3
    clean, restored = image_pair(clean, restored, crop_border)
    height, width = clean.shape[1:3]
    if min(height, width) <= block_size:
        raise ValueError(
            f"`restored` must be larger than a block of {block_size} pixels. "
            f"Received: restored.shape={tuple(restored.shape)}"
        )
    mean_square = ops.mean(ops.square(clean - restored), axis=(1, 2, 3))
    down = ops.square(restored[:, 1:] - restored[:, :-1])
    across = ops.square(restored[:, :, 1:] - restored[:, :, :-1])
    edges = down[:, block_size - 1 :: block_size], across[:, :, block_size - 1 :: block_size]

    edge_sum = sum(ops.sum(x, axis=(1, 2, 3)) for x in edges)
    edge_count = sum(math.prod(x.shape[1:]) for x in edges)
    all_sum = sum(ops.sum(x, axis=(1, 2, 3)) for x in (down, across))
    all_count = sum(math.prod(x.shape[1:]) for x in (down, across))
    excess = edge_sum / edge_count - (all_sum - edge_sum) / (all_count - edge_count)
    blocking = ops.relu(excess) * (math.log2(block_size) / math.log2(min(height, width)))

    decibels = 20.0 * math.log10(data_range) - 10.0 * ops.log10(mean_square + blocking)
    return decibels[0] if single else decibels


@keras.saving.register_keras_serializable(package="keras_restore")
class PSNRB(ImageMetric):
    """`psnr_b` as a metric of Keras and of protocols; the images need a known size.

    Example:

    >>> model.compile("adam", "mse", metrics=[keras_restore.metrics.PSNRB()])
    """

    name = "psnr_b"
    label = "PSNR-B"
    unit = "dB"
    digits = 3
    compute = staticmethod(psnr_b)
