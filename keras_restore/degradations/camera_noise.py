"""The noise of a camera's sensor, as it looks after the camera's processing."""

import math

import numpy as np
import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_range, check_rgb, draw_normal, draw_uniform
from keras_restore.ops.bayer import bayer_mosaic, check_method, demosaic

GAMMA = 2.2
# XYZ to the colours of four cameras, Adobe's matrices as in the paper's supplement.
CAMERAS_FROM_XYZ = np.array(
    [
        [[1.0234, -0.2969, -0.2266], [-0.5625, 1.6328, -0.0469], [-0.0703, 0.2188, 0.6406]],
        [[0.4913, -0.0541, -0.0202], [-0.6130, 1.3513, 0.2906], [-0.1564, 0.2151, 0.7183]],
        [[0.8380, -0.2630, -0.0639], [-0.2887, 1.0725, 0.2496], [-0.0627, 0.1427, 0.5438]],
        [[0.6596, -0.2079, -0.0562], [-0.4782, 1.3016, 0.1933], [-0.0970, 0.1581, 0.5181]],
    ]
)
# IEC 61966-2-1, linear sRGB to XYZ.
XYZ_FROM_RGB = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
RED_GAIN = (1.9, 2.4)
BLUE_GAIN = (1.5, 1.9)
# Of the inverse of the digital gain: mean and standard deviation.
BRIGHTNESS = (0.8, 0.1)
# The read noise's log variance over the shot noise's: slope, offset, standard deviation.
READ_NOISE = (2.18, 1.20, 0.26)
# Where highlights begin to keep their brightness when gains are undone.
HIGHLIGHT = 0.9


class CameraNoise(Degradation):
    """Adds the noise of a sensor, unprocessing the image to the sensor's values and back.

    Brooks et al., "Unprocessing Images for Learned Raw Denoising", CVPR 2019, Sec. 3: the tone
    curve, the gamma, the colour matrix and the white balance are undone; shot and read noise are
    added on the Bayer mosaic; then the sensor's values are demosaicked and processed again, each
    image with a camera, gains and noise levels of its own, of the paper's distributions.

    What is added to the clean image is the difference between the processed sensor with and
    without noise, where the paper takes the processed one itself: the degraded image then has the
    clean one's detail, and without noise it is the clean one. The result is clipped to [0, 1].

    Args:
        shot: Variance of the shot noise on a white pixel of the sensor, above 0; a pair is a
            range, of which the logarithm is drawn uniformly, once per image. The paper's range is
            the default.
        method: Of demosaicking, "bilinear" (the paper's) or "malvar", see `Demosaic`.

    Raises:
        ValueError: If `shot` is not positive, `method` unknown, or the images are not RGB.

    Example:

    >>> degraded = CameraNoise()(np.full((1, 16, 16, 3), 0.5, "float32"), seed=(0, 1))
    """

    def __init__(self, shot=(1e-4, 0.012), method="bilinear"):
        self.range = tuple(map(math.log, check_range("shot", shot, low=1e-20, high=1.0)))
        self.shot = shot
        self.method = check_method(method)

    def sample(self, shape, seed):
        seeds = tf.unstack(tf.random.split(seed, 7))
        batch, height, width, _ = shape
        slope, offset, deviation = READ_NOISE
        log_shot = draw_uniform(self.range, batch, seeds[0])
        spread = tf.random.stateless_normal([batch], seeds[1], 0.0, deviation)
        brightness = tf.random.stateless_normal([batch], seeds[2], *BRIGHTNESS)
        gain = 1.0 / tf.maximum(brightness, BRIGHTNESS[0] / 2)
        red = draw_uniform(RED_GAIN, batch, seeds[3])
        blue = draw_uniform(BLUE_GAIN, batch, seeds[4])
        weights = tf.random.stateless_uniform([batch, len(CAMERAS_FROM_XYZ)], seeds[5], 1e-6, 1.0)
        weights /= tf.reduce_sum(weights, axis=1, keepdims=True)
        return {
            "shot": tf.exp(log_shot),
            "read": tf.exp(slope * log_shot + offset + spread),
            "gains": tf.stack([red * gain, gain, blue * gain], axis=1),
            "camera": _camera_from_rgb(weights),
            "normal": draw_normal((batch, height, width, 1), seeds[6])[..., 0],
        }

    def apply(self, clean, parameters):
        check_rgb(clean)
        gains, camera = parameters["gains"], parameters["camera"]
        colors = tf.unstack(clean, axis=-1)
        mosaic = bayer_mosaic(unprocess(colors, gains, camera))
        shot, read = (parameters[name][:, None, None] for name in ("shot", "read"))
        noise = parameters["normal"] * tf.sqrt(tf.maximum(mosaic, 0.0) * shot + read)
        noisy, noiseless = (
            process(demosaic(raw, self.method), gains, camera)
            for raw in (tf.clip_by_value(mosaic + noise, 0.0, 1.0), mosaic)
        )
        degraded = [
            tf.clip_by_value(color + with_noise - without, 0.0, 1.0)
            for color, with_noise, without in zip(colors, noisy, noiseless, strict=True)
        ]
        return tf.stack(degraded, axis=-1)

    def get_config(self):
        return {"shot": self.shot, "method": self.method}


def unprocess(colors, gains, camera):
    """Turns images into the values of a sensor that measures all colours everywhere.

    Args:
        colors: Red, green and blue, float32 tensors `(batch, height, width)` in [0, 1].
        gains: float32 tensor `(batch, 3)`, what each colour is multiplied by in processing.
        camera: float32 tensor `(batch, 3, 3)`, the sensor's colours from linear RGB.

    Returns:
        Three float32 tensors of the colours' shape. Values whose mean is above 0.9 keep their
        brightness the more the whiter they are, as the paper does it: white is a full sensor.
    """
    linear = [
        0.5 - tf.sin(tf.asin(1.0 - 2.0 * tf.clip_by_value(color, 0.0, 1.0)) / 3.0)
        for color in colors
    ]
    linear = _multiply(camera, [_power(color, GAMMA) for color in linear])
    mean = sum(linear) / 3.0
    highlight = tf.square(tf.maximum(mean - HIGHLIGHT, 0.0) / (1.0 - HIGHLIGHT))
    inverses = [inverse[:, None, None] for inverse in tf.unstack(1.0 / gains, axis=1)]
    return [
        color * tf.maximum(highlight + (1.0 - highlight) * inverse, inverse)
        for color, inverse in zip(linear, inverses, strict=True)
    ]


def process(raw, gains, camera):
    """Turns a sensor's values into images: white balance, colour matrix, gamma, tone curve.

    Args:
        raw: Red, green and blue, float32 tensors `(batch, height, width)`.
        gains: As in `unprocess`.
        camera: As in `unprocess`.

    Returns:
        Three float32 tensors of the same shape, in [0, 1].
    """
    gains = [gain[:, None, None] for gain in tf.unstack(gains, axis=1)]
    linear = [
        tf.clip_by_value(color * gain, 0.0, 1.0) for color, gain in zip(raw, gains, strict=True)
    ]
    linear = _multiply(_inverse(camera), linear)
    images = [_power(tf.minimum(color, 1.0), 1.0 / GAMMA) for color in linear]
    return [(3.0 - 2.0 * image) * tf.square(image) for image in images]


def _power(values, exponent):
    """`values ** exponent`, a sixth of the time of TensorFlow's own; at least 1e-8 is taken."""
    return tf.exp(exponent * tf.math.log(tf.maximum(values, 1e-8)))


def _camera_from_rgb(weights):
    """Mixes the cameras' matrices by `(batch, 4)` weights; white stays white."""
    cameras = tf.constant(CAMERAS_FROM_XYZ @ XYZ_FROM_RGB, tf.float32)
    mixed = tf.reduce_sum(weights[:, :, None, None] * cameras, axis=1)
    return mixed / tf.reduce_sum(mixed, axis=2, keepdims=True)


def _multiply(matrices, colors):
    """The products of `(batch, 3, 3)` matrices with every pixel, without a GPU's TF32."""
    rows = (tf.unstack(row[:, None, None, :], axis=-1) for row in tf.unstack(matrices, axis=1))
    return [sum(map(tf.multiply, row, colors)) for row in rows]


def _inverse(matrices):
    """The inverses of `(batch, 3, 3)` matrices by cross products of their rows."""
    a, b, c = tf.unstack(matrices, axis=1)
    adjugate = tf.stack([tf.linalg.cross(*pair) for pair in ((b, c), (c, a), (a, b))], axis=2)
    return adjugate / tf.reduce_sum(a * adjugate[:, :, 0], axis=1)[:, None, None]
