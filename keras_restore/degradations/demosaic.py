"""What a sensor's colour mosaic loses."""

import tensorflow as tf

from keras_restore.degradations.base import Degradation
from keras_restore.degradations.draws import check_rgb
from keras_restore.ops.bayer import bayer_mosaic, check_method, demosaic


class Demosaic(Degradation):
    """Keeps one colour of each pixel, as a Bayer sensor (RGGB) does, and interpolates the others.

    Fine patterns get false colours, edges teeth, and noise becomes correlated. The images are
    taken as they are: a camera interpolates before its tone curve, see `CameraNoise`.

    Args:
        method: "bilinear", or "malvar": Malvar, He and Cutler, ICASSP 2004.

    Raises:
        ValueError: If `method` is unknown, or the images are not RGB.

    Example:

    >>> degraded = Demosaic("bilinear")(np.zeros((1, 16, 16, 3), "float32"), seed=(0, 1))
    """

    def __init__(self, method="malvar"):
        self.method = check_method(method)

    def sample(self, shape, seed):
        return {}

    def apply(self, clean, parameters):
        check_rgb(clean)
        mosaic = bayer_mosaic(tf.unstack(clean, axis=-1))
        return tf.stack(demosaic(mosaic, self.method), axis=-1)

    def get_config(self):
        return {"method": self.method}
