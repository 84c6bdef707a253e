"""The quality of a JPEG file, from its table."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_restore.ops.jpeg_tables import jpeg_quality


@pytest.mark.parametrize("quality", [1, 5, 10, 24, 49, 50, 51, 75, 90, 95, 100])
def test_of_what_libjpeg_wrote(quality):
    file = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(file, "JPEG", quality=quality)
    table = Image.open(file).quantization[0]
    assert jpeg_quality(table) == quality
    # Cameras have tables of their own.
    assert jpeg_quality(np.array(table) + 0.2) == pytest.approx(quality, abs=1)
