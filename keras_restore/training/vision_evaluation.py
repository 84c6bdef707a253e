"""What a vision network understands, as one of a run's evaluations."""

import dataclasses

from keras_restore import protocols


@dataclasses.dataclass(frozen=True)
class VisionEvaluation:
    """A set of labelled images and the protocol to measure a cascade, or a vision network, on it.

    Attributes:
        name: Of the set, "cifar10".
        labelled_images: List of `(name, clean, label)`, see `protocols.evaluate`.
        protocol: A `VisionProtocol`.
        batch_size: Images of one size to predict at a time.
    """

    OUTPUT = "prediction"

    name: str
    labelled_images: object
    protocol: object
    batch_size: int = 1

    @property
    def label(self):
        """Name of the set and the protocol, "cifar10_classification_sigma30"."""
        return f"{self.name}_{self.protocol.name}"

    @property
    def metrics(self):
        """Dictionary from the names of the numbers that go into the log to words for people."""
        if self.protocol.output == "classes":
            return {"top1": "accuracy", "top5": "accuracy"}
        return {"mean_iou": "mean IoU"}

    def measure(self, predict, picture_path=None):
        """Measures a model on the images.

        Args:
            predict: Function from a batch to the output named `OUTPUT`.
            picture_path: Not used: there is no picture of a prediction alone.

        Returns:
            Dictionary of the protocol's numbers.
        """

        rows = protocols.evaluate(
            predict, self.labelled_images, self.protocol, batch_size=self.batch_size
        )
        return self.protocol.summary(rows)
