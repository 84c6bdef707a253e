"""The noise of a picture, and the model for it."""

import numpy as np

from keras_restore.inference.card import read_card
from keras_restore.inference.shipped_models import shipped_models
from keras_restore.ops import to_float

# The part of a picture that its noise is estimated on.
ESTIMATION_SIDE = 2048


def estimate_sigma(pixels):
    """Estimates the noise of a picture with scikit-image's wavelet estimator.

    Args:
        pixels: `(height, width, channels)`, uint8, uint16 or float in [0, 1].

    Returns:
        Standard deviation in grey levels of 255, the mean over the channels.

    Raises:
        ImportError: If scikit-image is not installed.

    Example:

    >>> sigma = estimate_sigma(pixels)
    """
    try:
        from skimage.restoration import estimate_sigma as wavelet_estimate
    except ImportError as error:
        raise ImportError("Estimating noise needs `pip install scikit-image`.") from error
    sigma = wavelet_estimate(to_float(pixels), average_sigmas=True, channel_axis=-1)
    return float(np.nan_to_num(sigma)) * 255


def nearest_denoiser(sigma, channels):
    """Chooses the shipped denoiser for a noise level.

    A gray model serves colour pictures channel by channel, but a colour one comes first.

    Args:
        sigma: In grey levels of 255.
        channels: Of the picture.

    Returns:
        Name of the model.

    Raises:
        ValueError: If no shipped model fits.

    Example:

    >>> nearest_denoiser(22.0, channels=1)
    'xdncnn_gray_sigma25'
    """
    candidates = []
    for name, folder in shipped_models().items():
        card = read_card(folder)
        levels = card.levels()
        own_channels = card.geometry.get("channels", 1)
        if levels is None or card.geometry.get("scale", 1) != 1 or own_channels > channels:
            continue
        low, high = levels
        distance = max(low - sigma, sigma - high, 0.0)
        candidates.append((distance, own_channels != channels, high - low, name))
    if not candidates:
        raise ValueError("No shipped model is a denoiser for this picture: `model` must name one.")
    return min(candidates)[-1]


def denoiser_of(picture):
    """Chooses the shipped denoiser for a picture, and notes it with the picture.

    Args:
        picture: A `Picture`.

    Returns:
        Name of the model.

    Raises:
        ValueError: If no shipped model fits.

    Example:

    >>> name = denoiser_of(open_picture("photo.png"))
    """
    sigma = estimate_sigma(picture.peek(ESTIMATION_SIDE)[:, :ESTIMATION_SIDE])
    name = nearest_denoiser(sigma, picture.channels)
    picture.notes.append(f"noise sigma about {sigma:.1f}: model {name}")
    return name
