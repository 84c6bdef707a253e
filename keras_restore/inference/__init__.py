"""Restoring photos of any size with a trained model.

Nothing here imports TensorFlow or Keras until a Keras model is used: LiteRT files run without.
"""

from keras_restore.inference.card import Card, read_card, write_card
from keras_restore.inference.engines import register_engine
from keras_restore.inference.estimate_sigma import estimate_sigma
from keras_restore.inference.load import load
from keras_restore.inference.noise_level import nearest_denoiser
from keras_restore.inference.open_predictor import open_predictor
from keras_restore.inference.predictor import Predictor
from keras_restore.inference.restore import restore
from keras_restore.inference.restore_file import restore_file
from keras_restore.inference.restore_one import Row, restore_one
from keras_restore.inference.restore_video import restore_video
from keras_restore.inference.shipped_models import find_model, shipped_models
from keras_restore.inference.tiling import restore_rows

__all__ = [
    "Card",
    "Predictor",
    "Row",
    "estimate_sigma",
    "find_model",
    "load",
    "nearest_denoiser",
    "open_predictor",
    "read_card",
    "register_engine",
    "restore",
    "restore_file",
    "restore_one",
    "restore_rows",
    "restore_video",
    "shipped_models",
    "write_card",
]
