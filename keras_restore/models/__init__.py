"""Model builders: every one returns a plain functional `keras.Model`."""

from keras_restore.models.cascade import cascade
from keras_restore.models.deeplab import deeplab_largefov
from keras_restore.models.denoising_unet import denoising_unet
from keras_restore.models.derain_net import derain_net
from keras_restore.models.dncnn import conv_net, dncnn
from keras_restore.models.fdncnn import fdncnn
from keras_restore.models.fxdncnn import fxdncnn
from keras_restore.models.red_net import red10, red20, red30, red_net
from keras_restore.models.srcnn import srcnn, xsrcnn_c, xsrcnn_f
from keras_restore.models.srresnet import srresnet, xsrresnet
from keras_restore.models.xnet import xdncnn, xnet

__all__ = [
    "cascade",
    "conv_net",
    "deeplab_largefov",
    "denoising_unet",
    "derain_net",
    "dncnn",
    "fdncnn",
    "fxdncnn",
    "red10",
    "red20",
    "red30",
    "red_net",
    "srcnn",
    "srresnet",
    "xdncnn",
    "xnet",
    "xsrcnn_c",
    "xsrcnn_f",
    "xsrresnet",
]
