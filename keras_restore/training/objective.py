"""What a model is trained for."""

import dataclasses

import keras

from keras_restore import metrics


@dataclasses.dataclass(frozen=True)
class Objective:
    """The losses of a model's outputs and the metrics that its log shows.

    Attributes:
        loss: A Keras loss, or its name; of a model with several outputs a dictionary of them.
        metrics: List of Keras metrics; of a model with several outputs a dictionary of lists.
            They keep state: each run needs its own.
        loss_weights: Dictionary from an output's name to the weight of its loss, or None.

    Example:

    >>> objective = Objective("mse", [keras.metrics.MeanAbsoluteError(name="error")])
    >>> objective.columns
    ['error']
    """

    loss: object
    metrics: object
    loss_weights: dict | None = None

    @property
    def columns(self):
        """Names of the losses of the outputs and of the metrics, as Keras logs them."""
        if not isinstance(self.loss, dict):
            return [metric.name for metric in self.metrics]
        parts = [f"{output}_loss" for output in self.loss]
        return parts + [f"{name}_{m.name}" for name, each in self.metrics.items() for m in each]


def psnr_metric():
    """Returns the Keras metric named "psnr", in dB, of images in [0, 1]."""
    return keras.metrics.MeanMetricWrapper(metrics.psnr, name="psnr")
