"""The shipped files of fixed size, for GPU delegates: the model's picture, in their windows."""

import numpy as np
import pytest
from made_pictures import picture

import keras_restore
from keras_restore.export import FLOAT16_LIMIT
from keras_restore.inference import open_predictor, read_card, shipped_models

FILE = "model_float16.tflite"
COMMAND = "python savedmodels/write_cards.py"
# In dB to the file of any size, which gives the vectors: 83 (photo) to 97 are reached.
FLOAT16 = 65.0


@pytest.mark.parametrize("name", sorted(shipped_models()))
def test_it_gives_the_picture_of_the_model(name):
    folder = shipped_models()[name]
    row = read_card(folder).files.get(FILE)
    assert row and (folder / FILE).stat().st_size == row["bytes"] < 1e6, COMMAND
    assert 1 <= row["largest_activation"] < FLOAT16_LIMIT
    predictor = open_predictor(folder / FILE)
    enlarged = predictor.card.upscale or 1
    assert predictor.size == tuple(row["size"]) and 256 - min(row["size"]) < enlarged
    height, width = 258 // enlarged, 256 // enlarged
    image = picture(height, width, predictor.channels) / np.float32(255)
    options = {"sigma": 25.0} if predictor.takes_sigma else {}
    restored = keras_restore.restore(image, predictor, **options)
    expected = keras_restore.restore(image, name, engine="litert", **options)
    power = np.mean((restored - expected) ** 2)
    assert -10 * np.log10(power) > FLOAT16, f"{FILE} is of other weights. Run: {COMMAND}"


def test_a_smaller_picture_is_refused(repository):
    image = np.zeros((255, 300, 3), np.float32)
    with pytest.raises(
        ValueError, match=r"256 x 256 pixels only.*Received: a picture of 300 x 255"
    ):
        keras_restore.restore(image, repository / "savedmodels/photo" / FILE, sigma=25.0)
