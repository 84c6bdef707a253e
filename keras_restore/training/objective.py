"""What a model is trained for."""

import dataclasses

from keras_restore.metrics import ImageMetric


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
            return list(self.labels)
        return [*(f"{output}_loss" for output in self.loss), *self.labels]

    @property
    def labels(self):
        """Dictionary from the metrics' names, as Keras logs them, to words for people."""
        by_output = self.metrics if isinstance(self.loss, dict) else {"": self.metrics}
        return {
            f"{output}_{m.name}".lstrip("_"): m.title() if isinstance(m, ImageMetric) else m.name
            for output, each in by_output.items()
            for m in each
        }
