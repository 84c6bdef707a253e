"""Restoring photos of any size with a trained model."""

from keras_restore.inference.load import load
from keras_restore.inference.restore import restore
from keras_restore.inference.shipped_models import shipped_models

__all__ = ["load", "restore", "shipped_models"]
