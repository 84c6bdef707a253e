"""From an image to a few frames of a clip."""

import math

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_count, check_range, draw_uniform
from keras_restore.ops.resize import cubic


class Pan(Degradation):
    """Puts beside an image the frames that a panning, shaking camera sees before and after it.

    The camera moves by `speed` pixels per frame, in a direction drawn per image, and each frame but
    the image itself is off by up to `jitter` pixels along both axes. Cubic convolution (Keys, IEEE
    TASSP 1981, a = -0.5) interpolates between pixels, and the border is mirrored. Noise that
    follows in a `Sequence` is another one in each frame, of one level.

    Args:
        frames: Odd number of frames, the image included.
        speed: Pixels per frame, at least 0; a pair is a range, one draw per image.
        jitter: Pixels, likewise.

    Raises:
        ValueError: If `frames` is not odd, or `speed` or `jitter` is negative.

    Example:

    What a network learns from to restore the middle of three frames:

    >>> degrade = Sequence([Pan(frames=3), GaussianNoise((0, 55))])
    >>> degrade(clean, seed=(0, 1)).shape[-1] // clean.shape[-1]
    3
    """

    def __init__(self, frames=3, speed=(0.0, 8.0), jitter=1.0):
        if check_count("frames", frames, low=1) != (frames, frames) or frames % 2 == 0:
            raise ValueError(f"`frames` must be an odd integer. Received: frames={frames}")
        self.frames = frames
        self.ranges = check_range("speed", speed, low=0), check_range("jitter", jitter, low=0)
        self.speed, self.jitter = speed, jitter

    def sample(self, shape, seed):
        seeds = tf.unstack(tf.random.split(seed, 4))
        count, others = shape[0], self.frames - 1
        speed, jitter = (
            draw_uniform(range_, count, each)
            for range_, each in zip(self.ranges, seeds[:2], strict=True)
        )
        angle = tf.random.stateless_uniform([count], seeds[2], 0.0, 2 * math.pi)
        velocity = speed[:, None] * tf.stack([tf.sin(angle), tf.cos(angle)], axis=1)
        reach = self.frames // 2
        times = tf.constant([float(t) for t in range(-reach, reach + 1) if t])
        off = tf.random.stateless_uniform([count, others, 2], seeds[3], -1.0, 1.0)
        off *= jitter[:, None, None]
        return {"shift": velocity[:, None] * times[None, :, None] + off}

    def output_shape(self, shape):
        return (*shape[:3], shape[3] * self.frames)

    def apply(self, clean, parameters):
        """Degrades a batch.

        Args:
            clean: float32 tensor `(batch, height, width, channels)`.
            parameters: `shift`, `(batch, frames - 1, 2)`: rows and columns that each other frame
                lies further down and to the right.

        Returns:
            float32 tensor `(batch, height, width, frames * channels)`: the image, then the others.
        """
        shifts = tf.unstack(parameters["shift"], self.frames - 1, axis=1)
        return tf.concat([clean, *(_shifted(clean, shift) for shift in shifts)], axis=-1)

    def get_config(self):
        return {"frames": self.frames, "speed": self.speed, "jitter": self.jitter}


def _shifted(images, shift):
    for axis in (1, 2):
        whole = tf.floor(shift[:, axis - 1])
        part = shift[:, axis - 1] - whole
        length = tf.shape(images)[axis]
        line = tf.range(length)[None] + tf.cast(whole, tf.int32)[:, None]
        total = 0.0
        for tap in (-1, 0, 1, 2):
            mirrored = tf.math.floormod(line + tap, 2 * length)
            mirrored = tf.minimum(mirrored, 2 * length - 1 - mirrored)
            weight = cubic(tf, tap - part)[:, None, None, None]
            total += weight * tf.gather(images, mirrored, axis=axis, batch_dims=1)
        images = total
    return images
