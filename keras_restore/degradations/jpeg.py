"""JPEG compression."""

import numpy as np
import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_count, draw_count
from keras_restore.ops.dct import BLOCK, dct_matrix, from_blocks, to_blocks
from keras_restore.ops.jpeg_tables import CHROMA_TABLE, LUMA_TABLE
from keras_restore.ops.shape import known_shape

SUBSAMPLINGS = ("4:2:0", "4:4:4")
# Makes quotients that lie halfway between integers round away from zero, as libjpeg does.
HALF_AWAY = 1.0 - 2.0**-20
# libjpeg's offset of the chroma planes is one part in 2^16 below one half.
CHROMA_HALF = 0.5 - 2.0**-16
# The transform of a block's rows and of its columns, on blocks of 64 values. libjpeg's integer
# transform keeps each pass sqrt(8) times too large and, between the passes, two more bits.
ROWS = (np.kron(np.eye(8), dct_matrix()) * np.sqrt(8)).astype(np.float32)
COLUMNS = (np.kron(dct_matrix(), np.eye(8)) * np.sqrt(8)).astype(np.float32)


class Jpeg(Degradation):
    """Compresses and decompresses, as libjpeg does with its default settings.

    Everything between the pixels and the quantised coefficients, and back: 8-bit input, BT.601
    colours, chroma averaged over 2 x 2 pixels, 8 x 8 DCT, the tables of the standard scaled by
    quality as the Independent JPEG Group does, the rounding of each stage, chroma enlarged with
    libjpeg's triangle filter ("fancy upsampling"), edges repeated to fill the last blocks. The
    entropy coder loses nothing and is left out. What is left of a difference comes from
    libjpeg's cosines of 13 bits.

    Args:
        quality: 1 to 100; a pair is a range of integers, one draw per image.
        subsampling: "4:2:0" (the encoders' default) or "4:4:4" for RGB images. Gray images
            have no chroma.
        straight_through: Whether gradients pass each rounding as if it were the identity; else
            the gradient is zero, as the function is piecewise constant.

    Raises:
        ValueError: If `quality` is outside of [1, 100] or not whole, or `subsampling` unknown.

    Example:

    >>> degraded = Jpeg(quality=(5, 99))(clean, seed=(0, 1))
    """

    def __init__(self, quality, subsampling="4:2:0", straight_through=False):
        self.range = check_count("quality", quality, low=1, high=100)
        if subsampling not in SUBSAMPLINGS:
            raise ValueError(
                f"`subsampling` must be one of {SUBSAMPLINGS}. Received: {subsampling!r}"
            )
        self.quality = quality
        self.subsampling = subsampling
        self.straight_through = straight_through

    def sample(self, shape, seed):
        return {"quality": draw_count(self.range, shape[0], seed)}

    def apply(self, clean, parameters):
        luma_steps, chroma_steps = _quantization_steps(parameters["quality"])
        pixels = self._round(tf.clip_by_value(clean, 0.0, 1.0) * 255.0)
        if clean.shape[3] == 1:
            luma = self._code(pixels[..., 0] - 128.0, luma_steps)
            return (luma[..., None] + 128.0) * (1 / 255)
        red, green, blue = tf.unstack(pixels, axis=3)
        luma = self._round(0.299 * red + 0.587 * green + 0.114 * blue) - 128.0
        differences = (
            -0.168735892 * red - 0.331264108 * green + 0.5 * blue,
            0.5 * red - 0.418687589 * green - 0.081312411 * blue,
        )
        luma = self._code(luma, luma_steps) + 128.0
        chroma = tf.concat([self._floor(c + CHROMA_HALF) for c in differences], axis=0)
        chroma_steps = tf.concat([chroma_steps, chroma_steps], axis=0)
        if self.subsampling == "4:2:0":
            _, height, width = known_shape(chroma)
            chroma = self._code(self._halve(chroma), chroma_steps)
            # Nothing of the padding is enlarged.
            chroma = self._double(chroma[:, :, : (width + 1) // 2])[:, :height, :width]
        else:
            chroma = self._code(chroma, chroma_steps)
        cb, cr = tf.split(chroma, 2, axis=0)
        rgb = [
            luma + self._round(1.402 * cr),
            luma + self._round(-0.344136286 * cb - 0.714136286 * cr),
            luma + self._round(1.772 * cb),
        ]
        return tf.clip_by_value(tf.stack(rgb, axis=3), 0.0, 255.0) * (1 / 255)

    def get_config(self):
        return {
            "quality": self.quality,
            "subsampling": self.subsampling,
            "straight_through": self.straight_through,
        }

    def _code(self, planes, steps):
        """Quantises the DCT of planes around zero, and returns planes of the same size."""
        _, height, width = known_shape(planes)
        planes = _repeat_edge(_repeat_edge(planes, 1, BLOCK), 2, BLOCK)
        _, padded_height, padded_width = known_shape(planes)
        blocks = to_blocks(planes)
        blocks = self._transform(blocks, 4.0 * ROWS, transpose=True)
        blocks = self._transform(blocks, 0.25 * COLUMNS, transpose=True)
        blocks = self._nearest(blocks / (steps * (8.0 * HALF_AWAY))) * steps
        blocks = self._transform(blocks, 4.0 * COLUMNS)
        blocks = self._transform(blocks, (1 / 32) * ROWS)
        planes = from_blocks(blocks, padded_height, padded_width)
        return tf.clip_by_value(planes[:, :height, :width], -128.0, 127.0)

    def _transform(self, blocks, matrix, transpose=False):
        product = tf.matmul(tf.reshape(blocks, [-1, BLOCK * BLOCK]), matrix, transpose_b=transpose)
        return self._round(tf.reshape(product, tf.shape(blocks)))

    def _halve(self, planes):
        """Averages 2 x 2 pixels. The last column is repeated before, the last row after."""
        planes = _repeat_edge(_repeat_edge(planes, 1, 2), 2, 2 * BLOCK)
        rows = planes[:, 0::2] + planes[:, 1::2]
        total = rows[:, :, 0::2] + rows[:, :, 1::2]
        # libjpeg adds 1 and 2 in turn before dropping two bits, so as not to bias the mean.
        bias = tf.cast(tf.range(tf.shape(total)[2]) % 2, tf.float32) * 0.25 + 0.25
        return self._floor(total * 0.25 + bias)

    def _double(self, planes):
        """Enlarges by the triangle filter: weights 9, 3, 3 and 1 of the four nearest, over 16."""
        _, _, width = known_shape(planes)
        # libjpeg repeats the samples of an image of at most 4 columns.
        reach = int(width > 2) if isinstance(width, int) else tf.cast(width > 2, tf.int32)
        wide = _interleave(_interleave(planes, 1, reach), 2, reach)
        odd = tf.cast(tf.range(2 * width) % 2, tf.float32)
        return self._floor((wide + 8.0 - odd) * (1 / 16))

    def _round(self, x):
        return self._floor(x + 0.5)

    def _floor(self, x):
        return _straight_through(tf.floor)(x) if self.straight_through else tf.floor(x)

    def _nearest(self, x):
        return _straight_through(tf.round)(x) if self.straight_through else tf.round(x)


def _quantization_steps(quality):
    """The two tables at each image's quality, `(batch, 1, 64)`, as `jpeg_set_quality` scales."""
    quality = tf.cast(quality, tf.float32)
    percent = tf.where(quality < 50.0, tf.floor(5000.0 / quality + 1e-3), 200.0 - 2.0 * quality)
    tables = []
    for table in (LUMA_TABLE, CHROMA_TABLE):
        # One half more than libjpeg adds, so that an exact multiple survives a float division.
        steps = tf.floor((table.reshape(1, 1, 64) * percent[:, None, None] + 50.5) * (1 / 100))
        tables.append(tf.clip_by_value(steps, 1.0, 255.0))
    return tables


def _repeat_edge(planes, axis, multiple):
    length = known_shape(planes)[axis]
    if isinstance(length, int):
        if length % multiple == 0:
            return planes
        index = np.minimum(np.arange(-(-length // multiple) * multiple), length - 1)
    else:
        index = tf.minimum(tf.range(-(-length // multiple) * multiple), length - 1)
    return tf.gather(planes, index, axis=axis)


def _interleave(planes, axis, reach):
    """Doubles an axis: 3/4 of the nearest sample, 1/4 of the one `reach` further, times 4."""
    length = known_shape(planes)[axis]
    index = tf.range(length)
    before = tf.gather(planes, tf.maximum(index - reach, 0), axis=axis)
    after = tf.gather(planes, tf.minimum(index + reach, length - 1), axis=axis)
    pair = tf.stack([3.0 * planes + before, 3.0 * planes + after], axis=axis + 1)
    shape = list(known_shape(planes))
    shape[axis] = 2 * length
    return tf.reshape(pair, shape)


def _straight_through(function):
    return tf.grad_pass_through(function)
