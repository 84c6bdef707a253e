"""A degradation of training as that of a protocol."""

import dataclasses

import keras
import numpy as np

from keras_restore.protocols.reference_degradations import ReferenceDegradation


@dataclasses.dataclass(frozen=True)
class PerImage(ReferenceDegradation):
    """Applies a `keras_restore.degradations.Degradation`, with the image's index as seed.

    Args:
        degradation: A `Degradation` that keeps the size.

    Example:

    >>> protocol = Protocol("rain", "deraining", PerImage(degradations.Rain()), "rgb")
    """

    degradation: object

    def __call__(self, clean, index):
        return np.asarray(self.degradation(clean[None].astype(np.float32), (index, 0)))[0]

    def twin(self):
        return self.degradation

    def to_json(self):
        return {"name": "PerImage"} | keras.saving.serialize_keras_object(self.degradation)
