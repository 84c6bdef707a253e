"""A small folder of gray pictures."""

import numpy as np
import pytest
import scipy.ndimage
from PIL import Image


@pytest.fixture
def folder(tmp_path):
    """Three smooth gray pictures of odd sizes."""
    path = tmp_path / "pictures"
    path.mkdir()
    for i in range(3):
        noise = np.random.default_rng(i).normal(0, 1, (41 + 2 * i, 48))
        smooth = scipy.ndimage.gaussian_filter(noise, 3)
        levels = (smooth - smooth.min()) / np.ptp(smooth) * 255
        Image.fromarray(levels.astype(np.uint8)).save(path / f"picture{i}.png")
    return path
