"""Bicubic reduction and enlargement back to the size of the image."""

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.bicubic_downsample import check_scale, round_to_8_bits
from keras_restore.degradations.draws import check_count, draw_count
from keras_restore.ops.resize import bicubic_weights
from keras_restore.ops.shape import known_shape


class BicubicDownUp(Degradation):
    """Reduces images and enlarges them again, both as MATLAB's `imresize` does.

    What SRCNN and DnCNN-3 take as input: `imresize(imresize(clean, 1 / scale), size(clean))`.
    Each axis is two products with weight matrices; where `scale` is a range, each image
    takes its own matrices.

    Args:
        scale: Factor, an integer of at least 1; a pair is a range of integers, both included,
            one draw per image.
        round_to_8_bits: Whether the small image is clipped and rounded to 255ths, as an 8-bit
            file of it would be.

    Raises:
        ValueError: If `scale` is not a positive integer or a pair of them or, at the first call,
            larger than the image.

    Example:

    >>> degraded = BicubicDownUp(scale=(2, 4))(clean, seed=(0, 1))
    """

    def __init__(self, scale, round_to_8_bits=False):
        self.range = check_count("scale", scale, low=1)
        self.scales = tuple(range(self.range[0], self.range[1] + 1))
        self.scale = scale
        self.round_to_8_bits = round_to_8_bits

    def sample(self, shape, seed):
        return {"scale": draw_count(self.range, shape[0], seed)}

    def apply(self, clean, parameters):
        check_scale(self.scales[-1], clean)
        if len(self.scales) > 1:
            index = parameters["scale"] - self.scales[0]
        else:
            index = None
        rows_down, rows_up = self._weights(clean, 1, index)
        columns_down, columns_up = self._weights(clean, 2, index)
        low = _multiply(columns_down, _multiply(rows_down, clean))
        if self.round_to_8_bits:
            low = round_to_8_bits(low)
        return tf.ensure_shape(_multiply(columns_up, _multiply(rows_up, low)), clean.shape)

    def get_config(self):
        return {"scale": self.scale, "round_to_8_bits": self.round_to_8_bits}

    def _weights(self, clean, axis, index):
        """The matrices of one axis, `(1 or batch, to, from)`; small images padded to one size."""
        length = known_shape(clean)[axis]
        longest = -(-length // self.scales[0])
        down, up = [], []
        for scale in self.scales:
            small = -(-length // scale)
            margin = longest - small
            reduce = tf.cast(bicubic_weights(length, small, 1, scale), tf.float32)
            enlarge = tf.cast(bicubic_weights(small, length, length, small), tf.float32)
            down.append(tf.pad(reduce, [[0, margin], [0, 0]]))
            up.append(tf.pad(enlarge, [[0, 0], [0, margin]]))
        down, up = tf.stack(down), tf.stack(up)
        return (down, up) if index is None else (tf.gather(down, index), tf.gather(up, index))


def _multiply(matrices, images):
    """Multiplies the rows of the images, and transposes them for the other axis."""
    batch, height, width, channels = known_shape(images)
    product = tf.matmul(matrices, tf.reshape(images, [batch, height, width * channels]))
    product = tf.reshape(product, [batch, -1, width, channels])
    return tf.transpose(product, [0, 2, 1, 3])
