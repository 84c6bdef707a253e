"""A mixture of degradations."""

import keras
import numpy as np
import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.sequence import check_degradations


class OneOf(Degradation):
    """Applies to each image one degradation, drawn from several.

    The batch passes through all of them and each image keeps the result of its own: the price of
    a graph without branches, which runs on any device and compiles.

    Args:
        degradations: List of `Degradation`. None may change the size, unless all do so alike.
        weights: Relative frequencies, one a degradation; equal by default.

    Raises:
        ValueError: If the list is empty or holds something else, or the weights are negative,
            all zero or of another number.

    Example:

    DnCNN-3's mixture:

    >>> mixture = OneOf([GaussianNoise((0, 55)), BicubicDownUp((2, 4)), Jpeg((5, 99))])
    """

    def __init__(self, degradations, weights=None):
        self.degradations = check_degradations(degradations)
        self.weights = weights
        relative = np.ones(len(self.degradations)) if weights is None else np.array(weights, float)
        if relative.shape != (len(self.degradations),) or not (
            (relative >= 0).all() and 0 < relative.sum() < np.inf
        ):
            raise ValueError(
                "`weights` must be one non-negative number a degradation, not all zero. "
                f"Received: weights={weights}"
            )
        self.cumulative = (np.cumsum(relative) / relative.sum()).astype(np.float32)

    def sample(self, shape, seed):
        seeds = tf.unstack(tf.random.split(seed, len(self.degradations) + 1))
        uniform = tf.random.stateless_uniform([shape[0]], seeds[0])
        passed = uniform[:, None] >= tf.constant(self.cumulative[:-1])
        parameters = {"index": tf.reduce_sum(tf.cast(passed, tf.int32), axis=1)}
        for i, degradation in enumerate(self.degradations):
            parameters[str(i)] = degradation.sample(shape, seeds[i + 1])
        return parameters

    def apply(self, clean, parameters):
        index = parameters["index"][:, None, None, None]
        degraded = None
        for i, degradation in enumerate(self.degradations):
            candidate = degradation.apply(clean, parameters[str(i)])
            degraded = candidate if i == 0 else tf.where(index == i, candidate, degraded)
        return degraded

    def output_shape(self, shape):
        return self.degradations[0].output_shape(shape)

    def get_config(self):
        return {
            "degradations": [keras.saving.serialize_keras_object(d) for d in self.degradations],
            "weights": None if self.weights is None else [float(w) for w in self.weights],
        }

    def __repr__(self):
        inner = ", ".join(map(repr, self.degradations))
        return f"OneOf([{inner}], weights={self.weights!r})"
