"""Made-up pictures, for runs that must need no file."""

import numpy as np
from PIL import Image, ImageDraw

from keras_restore.data.image_set import ImageSet


def synthetic_images(count=8, size=64, channels=1, seed=0):
    """Draws pictures of random gradients, discs, bars and texture.

    They let a recipe's `--smoke` run anywhere; they are no training data.

    Args:
        count: Number of pictures.
        size: Height and width in pixels.
        channels: 1 or 3.
        seed: Integer.

    Returns:
        An `ImageSet`.

    Example:

    >>> images = synthetic_images(count=4)
    """
    generator = np.random.default_rng(seed)
    arrays = []
    for i in range(count):
        corners = Image.fromarray(generator.integers(0, 256, (2, 2, 3), np.uint8))
        image = corners.resize((size, size), Image.Resampling.BILINEAR)
        draw = ImageDraw.Draw(image)
        for _ in range(12):
            x, y = generator.integers(0, size, 2).tolist()
            width, height = generator.integers(2, size // 2, 2).tolist()
            color = tuple(generator.integers(0, 256, 3).tolist())
            shape = draw.ellipse if generator.random() < 0.5 else draw.rectangle
            shape([x, y, x + width, y + height], fill=color)
        pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
        arrays.append((f"synthetic{i}", pixels.reshape(size, size, channels)))
    return ImageSet(arrays)
