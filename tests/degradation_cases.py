"""The conformance harness' table of degradations: one row for every public one."""

import dataclasses

from keras_restore import degradations


@dataclasses.dataclass(frozen=True)
class DegradationCase:
    """`make()` builds the degradation; `identity()` one of zero strength, where there is one.

    `random` is False where nothing is drawn.
    """

    make: callable
    identity: callable = None
    channels: tuple = (1, 3)
    random: bool = True

    @property
    def name(self):
        return type(self.make()).__name__


DEGRADATIONS = [
    DegradationCase(
        lambda: degradations.GaussianNoise(sigma=(5, 55)), lambda: degradations.GaussianNoise(0)
    ),
]
