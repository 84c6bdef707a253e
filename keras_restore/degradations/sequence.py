"""Degradations one after the other."""

import keras
import tensorflow as tf

from keras_restore.degradations.base import Degradation


class Sequence(Degradation):
    """Applies degradations one after the other, each with its own draws.

    Nothing is clipped or rounded between them but by a degradation that says so.

    Args:
        degradations: List of `Degradation`, in the order of application.

    Raises:
        ValueError: If the list is empty or holds something else.

    Example:

    A second-order chain for real photos (Wang et al., Real-ESRGAN, ICCVW 2021):

    >>> once = [GaussianBlur((0.2, 3)), GaussianNoise((1, 30)), Jpeg((30, 95))]
    >>> chain = Sequence([*once, BicubicDownsample(2), *once])
    """

    def __init__(self, degradations):
        self.degradations = check_degradations(degradations)

    def sample(self, shape, seed):
        seeds = tf.unstack(tf.random.split(seed, len(self.degradations)))
        parameters = {}
        for i, degradation in enumerate(self.degradations):
            parameters[str(i)] = degradation.sample(shape, seeds[i])
            shape = degradation.output_shape(shape)
        return parameters

    def apply(self, clean, parameters):
        for i, degradation in enumerate(self.degradations):
            clean = degradation.apply(clean, parameters[str(i)])
        return clean

    def output_shape(self, shape):
        for degradation in self.degradations:
            shape = degradation.output_shape(shape)
        return shape

    def get_config(self):
        return {"degradations": [keras.saving.serialize_keras_object(d) for d in self.degradations]}

    def __repr__(self):
        return f"Sequence([{', '.join(map(repr, self.degradations))}])"


def check_degradations(degradations):
    """Returns a tuple of degradations, or raises."""
    degradations = tuple(degradations)
    if not degradations or not all(isinstance(d, Degradation) for d in degradations):
        raise ValueError(
            "`degradations` must be a list of at least one `Degradation`. "
            f"Received: degradations={list(degradations)}"
        )
    return degradations
