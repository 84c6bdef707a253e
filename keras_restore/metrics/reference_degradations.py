"""The degradations of the protocols: NumPy and Pillow, the same numbers on every machine."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class WhiteNoise:
    """Adds white Gaussian noise from NumPy's generator, seeded by the image's index; unclipped.

    Args:
        sigma: Standard deviation in grey levels of 255.

    Raises:
        ValueError: If `sigma` is negative.

    Example:

    >>> degraded = WhiteNoise(25)(clean, index=0)
    """

    sigma: float

    def __post_init__(self):
        if not self.sigma >= 0:
            raise ValueError(f"`sigma` must be at least 0. Received: sigma={self.sigma}")

    def __call__(self, clean, index):
        noise = np.random.default_rng(index).normal(0, self.sigma / 255, clean.shape)
        return clean.astype(np.float32) + noise.astype(np.float32)
