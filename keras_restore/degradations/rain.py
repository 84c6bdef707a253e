"""Rain streaks."""

import math

import numpy as np
import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_range, draw_uniform
from keras_restore.ops.checks import check_positive
from keras_restore.ops.convolution import convolve
from keras_restore.ops.kernels import line_kernel

BLENDINGS = ("additive", "screen")


class Rain(Degradation):
    """Draws layers of rain streaks over the images.

    A streak is an antialiased line. In each layer, streaks of one length, width, angle and
    intensity start at random pixels; that is sparse noise convolved with the line. Drops in a
    layer differ in brightness. The layers are those of rain far and near (Yang et al., Deep Joint
    Rain Detection and Removal, CVPR 2017, Eq. 4); the additive model is DerainNet's and the
    xUnit paper's. Not clipped.

    Args:
        density: Share of the pixels at which a streak starts, in [0, 1].
        length: Length of the streaks in pixels.
        width: Width of the streaks in pixels.
        angle: Direction in degrees, counter-clockwise from the horizontal; 90 is vertical.
        intensity: Brightness of the brightest streak, of white 1.
        layers: Number of layers.
        blending: "additive" (`clean + rain`) or "screen" (`1 - (1 - clean) (1 - rain)`, which
            stays in [0, 1]).

        All but the last two take a number or a pair; a pair is a range, one draw per layer of an
        image.

    Raises:
        ValueError: If a setting is out of range, `layers` not a positive integer or `blending`
            unknown.

    Example:

    >>> degraded = Rain(angle=(70, 80))(clean, seed=(0, 1))
    """

    def __init__(
        self,
        density=(0.002, 0.01),
        length=(9, 27),
        width=(0.7, 2),
        angle=(60, 120),
        intensity=(0.2, 0.7),
        layers=2,
        blending="additive",
    ):
        check_positive(layers=layers)
        if blending not in BLENDINGS:
            raise ValueError(f"`blending` must be one of {BLENDINGS}. Received: {blending!r}")
        self.ranges = {
            "density": check_range("density", density, low=0, high=1),
            "length": check_range("length", length, low=1),
            "width": check_range("width", width, low=0),
            "angle": check_range("angle", angle),
            "intensity": check_range("intensity", intensity, low=0),
        }
        self.density = density
        self.length = length
        self.width = width
        self.angle = angle
        self.intensity = intensity
        self.layers = layers
        self.blending = blending
        angles = np.deg2rad(np.linspace(*self.ranges["angle"], 721))
        reach = (self.ranges["length"][1] + self.ranges["width"][1] + 1) / 2
        self.margins = tuple(
            math.ceil(reach * np.abs(part).max() + self.ranges["width"][1] / 2)
            for part in (np.sin(angles), np.cos(angles))
        )

    def sample(self, shape, seed):
        *seeds, start_seed = tf.unstack(tf.random.split(seed, len(self.ranges) + 1))
        count = shape[0] * self.layers
        parameters = {
            name: tf.reshape(draw_uniform(self.ranges[name], count, s), [shape[0], self.layers])
            for name, s in zip(self.ranges, seeds, strict=True)
        }
        rows, columns = (n + 2 * m for n, m in zip(shape[1:3], self.margins, strict=True))
        uniform = tf.random.stateless_uniform([shape[0], self.layers, rows, columns], start_seed)
        density = parameters["density"][:, :, None, None]
        # A uniform number below the density is, over the density, uniform again.
        brightness = 0.4 + 0.6 * tf.math.divide_no_nan(uniform, density)
        starts = tf.where(uniform < density, brightness, tf.zeros_like(uniform))
        return {**parameters, "starts": starts}

    def apply(self, clean, parameters):
        starts = parameters["starts"]
        rows, columns = (2 * m + 1 for m in self.margins)
        lines = line_kernel(
            *(tf.reshape(parameters[name], [-1]) for name in ("length", "angle", "width")),
            size=(rows, columns),
        )
        shape = tf.shape(starts)
        flat = tf.reshape(starts, [-1, shape[2], shape[3], 1])
        streaks = tf.minimum(convolve(flat, lines, border="zero"), 1.0)
        vertical, horizontal = self.margins
        height, width = tf.shape(clean)[1], tf.shape(clean)[2]
        streaks = streaks[:, vertical : vertical + height, horizontal : horizontal + width]
        streaks = tf.reshape(streaks, [-1, self.layers, height, width, 1])
        streaks *= parameters["intensity"][:, :, None, None, None]
        if self.blending == "additive":
            return clean + tf.reduce_sum(streaks, axis=1)
        return 1.0 - (1.0 - clean) * tf.reduce_prod(1.0 - streaks, axis=1)

    def get_config(self):
        return {
            "density": self.density,
            "length": self.length,
            "width": self.width,
            "angle": self.angle,
            "intensity": self.intensity,
            "layers": self.layers,
            "blending": self.blending,
        }
