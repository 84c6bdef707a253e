"""The blocks of a JPEG file, and the model for them."""

from keras_restore.inference.card import Card
from keras_restore.inference.noise_level import nearest_models

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
    'deblock'
    """
    if quality is None or quality >= PHOTO:
        return None
    nearest = nearest_models(quality, channels, Card.qualities)
    return nearest[0][1] if nearest and nearest[0][0] <= MARGIN else None
