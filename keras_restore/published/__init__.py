"""Published checkpoints, read from their original formats into our models."""

from keras_restore.published.architecture import Architecture, recognize
from keras_restore.published.checkpoint import Checkpoint
from keras_restore.published.load import load
from keras_restore.published.reader import read

__all__ = ["Architecture", "Checkpoint", "load", "read", "recognize"]
