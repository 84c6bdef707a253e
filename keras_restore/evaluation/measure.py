"""One model on one set by one protocol."""

import dataclasses

from keras_restore import protocols
from keras_restore.data import describe_skipped
from keras_restore.evaluation.paper_numbers import paper_number


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What was measured of one model, on one set, by one protocol.

    Attributes:
        model: Label of the model.
        source: What the user named.
        model_hash: Identifies the weights; "" for a comparator.
        dataset: Name of the set.
        data_hash: Identifies the files of the set.
        verified: Whether the pixels of all files were found to be those of the benchmark.
        protocol: The `Protocol`.
        rows: List of dictionaries, one per image.
        skipped: Tuple of `(path, reason)`.
    """

    model: str
    source: str
    model_hash: str
    dataset: str
    data_hash: str
    verified: bool
    protocol: object
    rows: list
    skipped: tuple = ()

    @property
    def mean(self):
        """The mean of each metric over the images."""
        return self.protocol.summary(self.rows)

    @property
    def paper(self):
        """The paper's `PaperNumber`, or None."""
        return paper_number(self.model, self.dataset, self.protocol.name)

    def to_json(self):
        """Returns a dictionary of plain values."""
        degradation = self.protocol.degradation
        protocol = dataclasses.asdict(self.protocol)
        protocol["metrics"] = [metric.name for metric in self.protocol.metrics]
        if degradation is not None:
            protocol["degradation"] = degradation.to_json()
        return {
            "model": self.model,
            "source": self.source,
            "model_hash": self.model_hash,
            "dataset": self.dataset,
            "data_hash": self.data_hash,
            "verified": self.verified,
            "protocol": protocol,
            "mean": self.mean,
            "paper": dataclasses.asdict(self.paper) if self.paper else None,
            "images": self.rows,
            "skipped": [list(entry) for entry in self.skipped],
        }


def measure(candidate, source, protocol, observe=None):
    """Measures one model.

    Args:
        candidate: A `Candidate`.
        source: An `ImageSource`.
        protocol: A `Protocol`.
        observe: See `protocols.evaluate`.

    Returns:
        A `Measurement`.

    Raises:
        ValueError: If model, images and protocol do not fit, or no image is readable.

    Example:

    >>> measure(candidate("nlm"), image_source("Set12"), gray_denoising(25)).mean["psnr"]
    """
    check(candidate, source, protocol)
    reader = source.reader(protocol.file_channels)
    scoring = protocol if candidate.clips else dataclasses.replace(protocol, clip=False)
    try:
        rows = protocols.evaluate(candidate.make_restore(protocol), reader, scoring, observe)
    except ValueError as error:
        if len(reader.skipped) == len(reader):
            raise ValueError(
                f"No image of {source.name} is readable. {describe_skipped(reader.skipped)}"
            ) from error
        raise
    return Measurement(
        candidate.label,
        candidate.source,
        candidate.content_hash,
        source.name,
        source.content_hash,
        source.verified,
        protocol,
        rows,
        tuple(reader.skipped),
    )


def check(candidate, source, protocol):
    """Raises a `ValueError` if model, images and protocol do not fit; reads no image."""
    candidate.check(protocol)
    if protocol.degradation is None and not source.paired:
        raise ValueError(
            f"Protocol {protocol.name} measures given pairs; {source.name} has clean images only. "
            "A folder of pairs holds `clean/` and `degraded/`, or a_mean.png beside a_real.png."
        )
    if protocol.degradation is not None and source.paired:
        raise ValueError(
            f"Protocol {protocol.name} degrades clean images itself; {source.name} is a set of "
            "pairs. Measure it by real_pairs, rgb_rain or luma_rain, or name its clean folder."
        )
