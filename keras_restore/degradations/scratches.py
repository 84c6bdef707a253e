"""Scratches."""

import math

import tensorflow as tf

from keras_restore.degradations.draws import check_count, check_range, draw_count, draw_uniform
from keras_restore.degradations.overlay import Overlay
from keras_restore.ops.checks import check_positive


class Scratches(Overlay):
    """Draws random polylines over the images, each of one width and gray level.

    The scratches of RED-Net's inpainting (Mao et al., NIPS 2016, Sec. 4.6). Lines are
    antialiased by their distance to the pixel's centre. `with_mask` also returns the mask.

    Args:
        count: Number of scratches, an integer of at least 0; a pair is a range, one draw per
            image.
        width: Width in pixels; a pair is a range, one draw a scratch.
        level: Gray level of 255; a pair is a range, one draw a scratch.
        length: Length as a share of the image's diagonal; a pair is a range, one draw a
            scratch.
        segments: Number of straight parts of a scratch.
        bend: Largest angle between two parts, in degrees.

    Raises:
        ValueError: If a setting is out of range.

    Example:

    >>> degraded, mask = Scratches().with_mask(clean, seed=(0, 1))
    """

    def __init__(
        self, count=(3, 8), width=(1, 3), level=(0, 255), length=(0.2, 0.8), segments=3, bend=40
    ):
        self.count_range = check_count("count", count)
        self.width_range = check_range("width", width, low=0)
        self.level_range = check_range("level", level, low=0, high=255)
        self.length_range = check_range("length", length, low=0)
        self.bend_range = check_range("bend", bend, low=0, high=180)
        check_positive(segments=segments)
        self.count = count
        self.width = width
        self.level = level
        self.length = length
        self.segments = segments
        self.bend = bend

    def sample(self, shape, seed):
        batch, height, width, _ = shape
        seeds = tf.unstack(tf.random.split(seed, 7))
        most = self.count_range[1]
        height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)

        def draw(pair, seed):
            return tf.reshape(draw_uniform(pair, batch * most, seed), [batch, most])

        start = tf.random.stateless_uniform([batch, most, 2], seeds[1])
        start *= tf.stack([height, width])
        heading = tf.random.stateless_uniform([batch, most, 1], seeds[2], 0.0, 2 * math.pi)
        bend = self.bend_range[1] * math.pi / 180
        turns = tf.random.stateless_uniform([batch, most, self.segments], seeds[3], -bend, bend)
        direction = heading + tf.cumsum(turns, axis=2)
        length = draw(self.length_range, seeds[4]) * tf.sqrt(height * height + width * width)
        steps = tf.stack([tf.sin(direction), tf.cos(direction)], axis=-1)
        steps *= length[:, :, None, None] * (1 / self.segments)
        before = tf.cumsum(steps, axis=2, exclusive=True)
        return {
            "count": draw_count(self.count_range, batch, seeds[0]),
            "start": start[:, :, None] + before,
            "step": steps,
            "width": draw(self.width_range, seeds[5]),
            "level": draw(self.level_range, seeds[6]),
        }

    def cover(self, shape, parameters):
        batch, height, width, _ = shape
        rows = tf.range(tf.cast(height, tf.float32))[:, None] + 0.5
        columns = tf.range(tf.cast(width, tf.float32))[None, :] + 0.5
        coverage = tf.zeros([batch, height, width])
        color = tf.zeros([batch, height, width])
        for i in range(self.count_range[1]):
            square = None
            for j in range(self.segments):
                here = _square_distance(
                    rows, columns, parameters["start"][:, i, j], parameters["step"][:, i, j]
                )
                square = here if square is None else tf.minimum(square, here)
            line_width = parameters["width"][:, i, None, None]
            line = line_width / 2.0 + 0.5 - tf.sqrt(square)
            line = tf.minimum(tf.maximum(line, 0.0), tf.minimum(line_width, 1.0))
            line *= tf.cast(i < parameters["count"], tf.float32)[:, None, None]
            level = parameters["level"][:, i, None, None] * (1 / 255)
            coverage += line - coverage * line
            color += line * (level - color)
        return coverage[..., None], color[..., None]

    def get_config(self):
        return {
            "count": self.count,
            "width": self.width,
            "level": self.level,
            "length": self.length,
            "segments": self.segments,
            "bend": self.bend,
        }


def _square_distance(rows, columns, start, step):
    """Squared distance of each pixel to the segment from `start` to `start + step`."""
    y = rows - start[:, 0, None, None]
    x = columns - start[:, 1, None, None]
    step_y, step_x = step[:, 0, None, None], step[:, 1, None, None]
    norm = tf.maximum(step_y * step_y + step_x * step_x, 1e-12)
    along = tf.clip_by_value(y * (step_y / norm) + x * (step_x / norm), 0.0, 1.0)
    return tf.math.squared_difference(y, along * step_y) + tf.math.squared_difference(
        x, along * step_x
    )
