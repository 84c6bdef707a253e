"""Degradations in a random order."""

import keras
import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.sequence import check_degradations


class Shuffle(Degradation):
    """Applies all of several degradations, in an order that is drawn for each image.

    Zhang et al., "Designing a Practical Degradation Model for Deep Blind Image Super-Resolution",
    ICCV 2021, Sec. 3.3. In each place the batch passes through all of them and each image keeps
    the result of its own, as in `OneOf`: n degradations cost n x n.

    Args:
        degradations: List of `Degradation`, none of which changes the size.

    Raises:
        ValueError: If the list is empty or holds something else.

    Example:

    >>> shuffled = Shuffle([GaussianBlur((0.2, 2)), GaussianNoise((1, 30)), Jpeg((60, 95))])
    >>> degraded = shuffled(np.zeros((1, 16, 16, 3), "float32"), seed=(0, 1))
    """

    def __init__(self, degradations):
        self.degradations = check_degradations(degradations)

    def sample(self, shape, seed):
        count = len(self.degradations)
        seeds = tf.unstack(tf.random.split(seed, count + 1))
        keys = tf.random.stateless_uniform([shape[0], count], seeds[0])
        parameters = {"order": tf.argsort(keys, axis=1)}
        for i, degradation in enumerate(self.degradations):
            parameters[str(i)] = degradation.sample(shape, seeds[i + 1])
        return parameters

    def apply(self, clean, parameters):
        for place in range(len(self.degradations)):
            index = parameters["order"][:, place, None, None, None]
            degraded = clean
            for i, degradation in enumerate(self.degradations):
                candidate = degradation.apply(clean, parameters[str(i)])
                degraded = tf.where(index == i, candidate, degraded)
            clean = degraded
        return clean

    def get_config(self):
        return {"degradations": [keras.saving.serialize_keras_object(d) for d in self.degradations]}

    def __repr__(self):
        return f"Shuffle([{', '.join(map(repr, self.degradations))}])"
