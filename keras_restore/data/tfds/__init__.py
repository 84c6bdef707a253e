"""The papers' sets as TensorFlow datasets; importing this package registers them.

The files are put in place by hand, each set in the folder that its error message names:

    tfds build bsd68 --imports=keras_restore.data.tfds --manual_dir=benchmarks

or, in Python, `import keras_restore.data.tfds` and `tfds.load("bsd68", split="test")`.
"""

from keras_restore.data.tfds.archive_builders import Camvid, Cifar10Archive
from keras_restore.data.tfds.image_builder import BUILDERS, Bsds500, ImageBuilder
from keras_restore.data.tfds.pair_builder import PairBuilder, Rain100

__all__ = [
    "BUILDERS",
    "Bsds500",
    "Camvid",
    "Cifar10Archive",
    "ImageBuilder",
    "PairBuilder",
    "Rain100",
]
