"""Text drawn over the image."""

import functools
import math
import string

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

from keras_restore.degradations.draws import check_count, check_range, draw_count, draw_uniform
from keras_restore.degradations.overlay import Overlay

ALPHABET = string.ascii_letters + string.digits + "    "


class Text(Overlay):
    """Draws strings of random characters over the images.

    The text of RED-Net's inpainting (Mao et al., NIPS 2016, Sec. 4.6), there of font size 10 and
    20. The glyphs of Pillow's bundled font are rasterised once, in the constructor; the graph
    turns each glyph of each string by bilinear interpolation and adds it to the image. Where
    strings overlap, their colours are averaged. `with_mask` also returns the mask.

    Args:
        font_size: Size in pixels, an integer; a pair is a range, one draw a string.
        count: Number of strings, an integer of at least 0; a pair is a range, one draw per
            image.
        characters: Number of characters, blanks included; a pair is a range, one draw a string.
        angle: Direction in degrees, counter-clockwise from the horizontal; a pair is a range,
            one draw a string.
        level: Level of 255 of each colour channel; a pair is a range, one draw per channel of a
            string.

    Raises:
        ValueError: If a setting is out of range or, at the first call, `font_size` is larger
            than the image.

    Example:

    >>> degraded, mask = Text(font_size=10).with_mask(clean, seed=(0, 1))
    """

    def __init__(
        self, font_size=(10, 20), count=(4, 12), characters=(5, 15), angle=(-45, 45), level=(0, 255)
    ):
        self.size_range = check_count("font_size", font_size, low=4)
        self.count_range = check_count("count", count)
        self.character_range = check_count("characters", characters)
        self.angle_range = check_range("angle", angle)
        self.level_range = check_range("level", level, low=0, high=255)
        self.font_size = font_size
        self.count = count
        self.characters = characters
        self.angle = angle
        self.level = level
        self.atlas, self.advances = _rasterise(*self.size_range)

    def sample(self, shape, seed):
        batch, height, width, channels = shape
        seeds = tf.unstack(tf.random.split(seed, 7))
        strings = self.count_range[1]
        sizes = self.size_range[1] - self.size_range[0] + 1
        pair = [batch, strings]
        center = tf.random.stateless_uniform([*pair, 2], seeds[3])
        center *= tf.stack([tf.cast(height, tf.float32), tf.cast(width, tf.float32)])
        low, high = self.character_range
        level = draw_uniform(self.level_range, batch * strings * channels, seeds[6])
        return {
            "count": draw_count(self.count_range, batch, seeds[0]),
            "size": tf.random.stateless_uniform(pair, seeds[1], 0, sizes, tf.int32),
            "characters": tf.random.stateless_uniform(pair, seeds[2], low, high + 1, tf.int32),
            "glyphs": tf.random.stateless_uniform(
                [*pair, high], seeds[4], 0, len(ALPHABET), tf.int32
            ),
            "center": center,
            "angle": tf.reshape(draw_uniform(self.angle_range, batch * strings, seeds[5]), pair),
            "level": tf.reshape(level, [batch, strings, channels]),
        }

    def cover(self, shape, parameters):
        batch, height, width, channels = shape
        self._check_size(height, width)
        _, _, cell_height, cell_width = self.atlas.shape
        strings, longest = self.count_range[1], self.character_range[1]
        if strings == 0 or longest == 0:
            nothing = tf.zeros([batch, height, width, 1])
            return nothing, nothing

        size, glyph = parameters["size"][:, :, None], parameters["glyphs"]
        place = tf.range(longest)
        shown = place < parameters["characters"][:, :, None]
        shown = shown & (tf.range(strings) < parameters["count"][:, None])[:, :, None]
        shown = tf.cast(shown, tf.float32)
        cell = size * len(ALPHABET) + glyph
        advance = tf.gather(tf.constant(self.advances.reshape(-1)), cell) * shown
        # Where each glyph's cell begins, along the string and from its middle.
        begin = tf.cumsum(advance, axis=2, exclusive=True)
        begin -= tf.reduce_sum(advance, axis=2, keepdims=True) * 0.5

        # The string runs along (-sine, cosine) in rows and columns; across is (cosine, sine).
        radians = parameters["angle"] * (math.pi / 180)
        cosine, sine = tf.cos(radians)[:, :, None], tf.sin(radians)[:, :, None]
        middle = begin + (cell_width - 2) / 2
        center = parameters["center"]
        row = center[:, :, None, 0] - middle * sine
        column = center[:, :, None, 1] + middle * cosine

        window = math.ceil(math.hypot(cell_height, cell_width)) + 1
        steps = tf.range(window) - window // 2
        rows = (tf.cast(tf.floor(row), tf.int32)[..., None] + steps)[..., :, None]
        columns = (tf.cast(tf.floor(column), tf.int32)[..., None] + steps)[..., None, :]
        y = tf.cast(rows, tf.float32) + 0.5 - row[..., None, None]
        x = tf.cast(columns, tf.float32) + 0.5 - column[..., None, None]
        cosine, sine = cosine[..., None, None], sine[..., None, None]
        coverage = self._interpolate(
            cell[..., None, None],
            y * cosine + x * sine + cell_height / 2 - 0.5,
            x * cosine - y * sine + cell_width / 2 - 0.5,
        )
        coverage *= shown[..., None, None]

        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        image = tf.reshape(tf.range(batch), [-1, 1, 1, 1, 1])
        pixel = tf.where(inside, (image * height + rows) * width + columns, -1)
        level = parameters["level"][:, :, None, None, None] * (1 / 255)
        values = coverage[..., None] * tf.concat([tf.ones_like(level[..., :1]), level], axis=-1)
        total = tf.math.unsorted_segment_sum(
            tf.reshape(values, [-1, channels + 1]),
            tf.reshape(pixel, [-1]),
            batch * height * width,
        )
        total = tf.reshape(total, [batch, height, width, channels + 1])
        total /= tf.maximum(total[..., :1], 1.0)
        return total[..., :1], total[..., 1:]

    def get_config(self):
        return {
            "font_size": self.font_size,
            "count": self.count,
            "characters": self.characters,
            "angle": self.angle,
            "level": self.level,
        }

    def _check_size(self, height, width):
        sides = [n for n in (height, width) if isinstance(n, int)]
        if sides and min(sides) < self.size_range[1]:
            raise ValueError(
                "`font_size` must not be larger than the image. "
                f"Received: font_size={self.font_size}, height={height}, width={width}"
            )

    def _interpolate(self, cell, y, x):
        """Bilinear values of the atlas; the empty edge of a cell stands for all outside."""
        _, _, height, width = self.atlas.shape
        atlas = tf.constant(self.atlas.reshape(-1))
        y = tf.clip_by_value(y, 0.0, height - 1.001)
        x = tf.clip_by_value(x, 0.0, width - 1.001)
        row, column = tf.floor(y), tf.floor(x)
        down, right = y - row, x - column
        index = (cell * height + tf.cast(row, tf.int32)) * width + tf.cast(column, tf.int32)
        top = tf.gather(atlas, index) * (1.0 - right) + tf.gather(atlas, index + 1) * right
        index += width
        bottom = tf.gather(atlas, index) * (1.0 - right) + tf.gather(atlas, index + 1) * right
        return top * (1.0 - down) + bottom * down


@functools.lru_cache
def _rasterise(smallest, largest):
    """The glyphs `(sizes, characters, height, width)` in cells with an empty edge, and advances."""
    fonts = [ImageFont.load_default(size) for size in range(smallest, largest + 1)]
    boxes = [font.getbbox(character, anchor="ls") for font in fonts for character in ALPHABET]
    left = min(0, *(box[0] for box in boxes))
    top = min(box[1] for box in boxes)
    width = math.ceil(max(box[2] for box in boxes) - left) + 2
    height = math.ceil(max(box[3] for box in boxes) - top) + 2
    atlas = np.zeros((len(fonts), len(ALPHABET), height, width), np.float32)
    advances = np.zeros((len(fonts), len(ALPHABET)), np.float32)
    for i, font in enumerate(fonts):
        for j, character in enumerate(ALPHABET):
            cell = Image.new("L", (width, height))
            ImageDraw.Draw(cell).text((1 - left, 1 - top), character, 255, font, anchor="ls")
            atlas[i, j] = np.asarray(cell, np.float32) / 255
            advances[i, j] = font.getlength(character)
    edges = atlas[:, :, [0, -1]].max(), atlas[:, :, :, [0, -1]].max()
    if max(edges) > 0:
        raise RuntimeError("A glyph reaches beyond its cell; please report the version of Pillow.")
    return atlas, advances
