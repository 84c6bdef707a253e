"""Image files to training batches."""

from keras_restore.data.folder_reader import FolderReader
from keras_restore.data.image_files import (
    list_files,
    list_images,
    read_image,
    to_uint8,
)
from keras_restore.data.image_set import ImageSet, describe_skipped, split_pairs
from keras_restore.data.labelled_set import LabelledSet, class_names
from keras_restore.data.patches import PatchSampler
from keras_restore.data.pipeline import degrade_in_step, training_dataset
from keras_restore.data.synthetic import synthetic_images
from keras_restore.data.tell_sigma import TellSigma
from keras_restore.data.tfds_reader import TfdsReader
from keras_restore.data.tfrecord_files import read_tfrecords, write_tfrecords
from keras_restore.ops import to_float

__all__ = [
    "FolderReader",
    "ImageSet",
    "LabelledSet",
    "PatchSampler",
    "TellSigma",
    "TfdsReader",
    "class_names",
    "degrade_in_step",
    "describe_skipped",
    "list_files",
    "list_images",
    "read_image",
    "read_tfrecords",
    "split_pairs",
    "synthetic_images",
    "to_float",
    "to_uint8",
    "training_dataset",
    "write_tfrecords",
]
