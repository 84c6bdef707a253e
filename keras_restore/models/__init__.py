"""Model builders: every one returns a plain functional `keras.Model`."""

from keras_restore.models.dncnn import conv_net, dncnn
from keras_restore.models.red_net import red10, red20, red30, red_net
from keras_restore.models.xnet import xdncnn, xnet

__all__ = ["conv_net", "dncnn", "red10", "red20", "red30", "red_net", "xdncnn", "xnet"]
