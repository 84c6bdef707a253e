"""Multiplicative Gaussian noise."""

from keras_restore.degradations.gaussian_noise import GaussianNoise


class Speckle(GaussianNoise):
    """Adds Gaussian noise in proportion to the pixel: `clean * (1 + noise)`, not clipped.

    MATLAB's `imnoise(..., "speckle")` with Gaussian instead of uniform noise.

    Args:
        sigma: Standard deviation on a white pixel, in grey levels of 255, at least 0; a pair
            is a range, one draw per image.

    Raises:
        ValueError: If `sigma` is negative or not a number or pair.

    Example:

    >>> degraded = Speckle(sigma=25)(clean, seed=(0, 1))
    """

    def apply(self, clean, parameters):
        return clean + clean * parameters["noise"]
