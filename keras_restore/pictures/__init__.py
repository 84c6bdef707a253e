"""Picture files in and out, with all that is in them: 16 bits, alpha, orientation, EXIF, profile.

Nothing here imports TensorFlow or Keras.
"""

from keras_restore.pictures.picture import Picture, open_picture, picture_from_image
from keras_restore.pictures.picture_writer import PictureWriter

__all__ = ["Picture", "PictureWriter", "open_picture", "picture_from_image"]
