"""Resampling to another resolution and back."""

import math

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_range, draw_uniform
from keras_restore.ops.shape import known_shape

KERNELS = ("box", "linear", "cubic")


class Resize(Degradation):
    """Resamples images to another resolution and back to their size.

    What happens to a picture that is scaled on its way through the web; the batch keeps one size,
    so that chains such as Real-ESRGAN's (Wang et al., ICCVW 2021, Sec. 3) can be written. The way
    there and the way back draw a kernel each: "box" (the mean over the area of the new pixel),
    "linear" or "cubic" (Keys, 1981, a = -0.5), all antialiased. Not clipped.

    Args:
        factor: Of the resolution in between, above 0; a pair is a range, of which the logarithm
            is drawn uniformly, once per image. Below 1 the images lose detail.
        kernels: Names of the kernels to draw from.

    Raises:
        ValueError: If `factor` is not positive, or a kernel unknown.

    Example:

    >>> degraded = Resize(factor=(0.3, 1.5))(np.zeros((1, 16, 16, 3), "float32"), seed=(0, 1))
    """

    def __init__(self, factor=(0.5, 1.5), kernels=KERNELS):
        self.range = tuple(map(math.log, check_range("factor", factor, low=1e-3, high=8)))
        if not kernels or isinstance(kernels, str) or set(kernels) - set(KERNELS):
            raise ValueError(
                f"`kernels` must be a list of some of {KERNELS}. Received: kernels={kernels!r}"
            )
        self.factor = factor
        self.kernels = list(kernels)

    def sample(self, shape, seed):
        factor_seed, kernel_seed = tf.unstack(tf.random.split(seed, 2))
        drawn = tf.random.stateless_uniform(
            [shape[0], 2], kernel_seed, 0, len(self.kernels), tf.int32
        )
        choices = tf.constant([KERNELS.index(name) for name in self.kernels])
        return {
            "factor": tf.exp(draw_uniform(self.range, shape[0], factor_seed)),
            "kernels": tf.gather(choices, drawn),
        }

    def apply(self, clean, parameters):
        _, height, width, _ = known_shape(clean)
        rows, columns = (self._there_and_back(n, parameters) for n in (height, width))
        images = tf.einsum("bij,bjwc->biwc", rows, clean)
        return tf.ensure_shape(tf.einsum("bij,bhjc->bhic", columns, images), clean.shape)

    def get_config(self):
        return {"factor": self.factor, "kernels": self.kernels}

    def _there_and_back(self, length, parameters):
        """The matrix of one axis, `(batch, length, length)`."""
        exact = tf.cast(length, tf.float32)
        between = tf.maximum(tf.round(exact * parameters["factor"]), 1.0)
        longest = tf.cast(tf.math.ceil(exact * math.exp(self.range[1])), tf.int32) + 1
        there, back = tf.unstack(parameters["kernels"], axis=1)
        reduce = _weights(there, length, longest, between / exact, exact, between)
        enlarge = _weights(back, longest, length, exact / between, between, exact)
        return tf.matmul(enlarge, reduce)


def _weights(kernel, length, output, scale, last, last_output):
    """The matrices `(batch, output, length)` of which `(last_output, last)` count.

    A row's weights sum to one; what lies beyond the border has none.
    """
    scale, last = scale[:, None, None], tf.reshape(last, [-1, 1, 1])
    target = tf.cast(tf.range(output), tf.float32)[:, None]
    source = tf.cast(tf.range(length), tf.float32)[None, :]
    distance = tf.abs((target + 0.5) / scale - 0.5 - source)
    # How much of the source pixel lies in the target's area.
    box = tf.clip_by_value(0.5 / scale + 0.5 - distance, 0.0, 1.0)
    distance *= tf.minimum(scale, 1.0)
    near = (1.5 * distance - 2.5) * tf.square(distance) + 1.0
    far = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
    cubic = tf.where(distance <= 1.0, near, tf.where(distance <= 2.0, far, 0.0))
    linear = tf.maximum(1.0 - distance, 0.0)
    index = kernel[:, None, None]
    weights = tf.where(index == 0, box, tf.where(index == 1, linear, cubic))
    inside = (source < last) & (target < tf.reshape(last_output, [-1, 1, 1]))
    weights = tf.where(inside, weights, 0.0)
    return tf.math.divide_no_nan(weights, tf.reduce_sum(weights, axis=2, keepdims=True))
