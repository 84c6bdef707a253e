"""The blocks of a JPEG file, and the model for them."""

from keras_restore.inference.card import read_card
from keras_restore.inference.shipped_models import shipped_models

# From here on the camera's noise counts for more than the blocks.
PHOTO = 60
# A model serves qualities a little beyond those it was trained for.
MARGIN = 3


def nearest_deblocker(quality, channels):
    """Chooses the shipped deblocking model for a JPEG file.

    A gray model serves colour pictures, but a colour one comes first.

    Args:
        quality: Of the file, 1 to 100; None for another file.
        channels: Of the picture.

    Returns:
        Name of the model; None if the blocks are not what the picture suffers from most, or no
        model is for them.

    Example:

    >>> nearest_deblocker(10, channels=1)
    'deblock_q10'
    """
    if quality is None or quality >= PHOTO:
        return None
    candidates = []
    for name, folder in shipped_models().items():
        card = read_card(folder)
        qualities, own_channels = card.qualities(), card.geometry.get("channels", 1)
        if qualities is None or own_channels > channels:
            continue
        low, high = qualities
        distance = max(low - quality, quality - high, 0)
        if distance <= MARGIN:
            candidates.append((distance, own_channels != channels, high - low, name))
    return min(candidates)[-1] if candidates else None
