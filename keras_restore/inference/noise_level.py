"""The noise of a picture, and the model for it."""

from keras_restore.inference.card import Card, read_card
from keras_restore.inference.estimate_sigma import estimate_sigma
from keras_restore.inference.shipped_models import shipped_models

# Rows of a picture that its noise is estimated on.
ESTIMATION_ROWS = 2048


def nearest_denoiser(sigma, channels):
    """Chooses the shipped denoiser for a noise level.

    A gray model serves colour pictures channel by channel, but a colour one comes first; and one
    that is told the noise level comes before one that has to find it.

    Args:
        sigma: In grey levels of 255.
        channels: Of the picture.

    Returns:
        Name of the model.

    Raises:
        ValueError: If no shipped model fits.

    Example:

    >>> nearest_denoiser(22.0, channels=1)
    'denoise_gray'
    """
    nearest = nearest_models(sigma, channels, Card.levels)
    if not nearest:
        raise ValueError("No shipped model is a denoiser for this picture: `model` must name one.")
    return nearest[0][1]


def nearest_models(level, channels, trained_for):
    """Lists the shipped models of pictures, of scale 1, for a level of what one suffers from.

    Args:
        level: The level.
        channels: Of the picture.
        trained_for: Function from a `Card` to the levels (from, to), None of a model for another
            purpose.

    Returns:
        List of pairs of the distance to the levels and the model's name, the best first: the
        nearest, of the picture's channels, told the noise level, trained for more than white
        noise, trained for the fewest levels.

    Example:

    >>> nearest_models(25.0, channels=1, trained_for=Card.levels)[0]
    (0.0, 'denoise_gray')
    """
    found = []
    for name, folder in shipped_models().items():
        card = read_card(folder)
        levels, own_channels = trained_for(card), card.geometry.get("channels", 1)
        factors = card.geometry.get("scale", 1), card.geometry.get("frames", 1)
        if levels is None or factors != (1, 1) or own_channels > channels:
            continue
        low, high = levels
        distance = max(low - level, level - high, 0.0)
        told = card.geometry.get("takes_sigma", False)
        white = card.degraded_by() == "GaussianNoise"
        found.append((distance, own_channels != channels, not told, white, high - low, name))
    return [(distance, name) for distance, *_, name in sorted(found)]


def sigma_of(picture):
    """Estimates the noise level of a picture, whose rows can still be read.

    Args:
        picture: A `Picture`.

    Returns:
        Noise level in grey levels of 255, see `estimate_sigma`.

    Example:

    >>> sigma = sigma_of(open_picture("photo.png"))
    """
    return estimate_sigma(picture.peek(ESTIMATION_ROWS))
