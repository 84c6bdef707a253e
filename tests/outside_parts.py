"""Parts of another package: a layer with its rules, a model, a degradation, a metric."""

import keras
import tensorflow as tf

from keras_restore import graph
from keras_restore.degradations import Degradation
from keras_restore.degradations.draws import check_range, draw_uniform
from keras_restore.export.lowering import lower_layer, primitives
from keras_restore.layers import ResidualOutput
from keras_restore.metrics import ImageMetric


@keras.saving.register_keras_serializable(package="outside")
class DilatedGate(keras.layers.Layer):
    """Multiplies features by a sigmoid of what a dilated depthwise filter makes of them."""

    def __init__(self, dilation=2, **kwargs):
        super().__init__(**kwargs)
        self.dilation = dilation
        self.filter = keras.layers.DepthwiseConv2D(
            3, padding="same", dilation_rate=dilation, name="filter"
        )

    def build(self, input_shape):
        self.filter.build(input_shape)
        super().build(input_shape)

    def call(self, x):
        return x * keras.ops.sigmoid(self.filter(x))

    def get_config(self):
        return {**super().get_config(), "dilation": self.dilation}


def lower_gate(layer, node):
    gate = primitives.Sigmoid(inputs=[lower_layer(layer.filter, node)], name=layer.name)
    return primitives.Multiply(inputs=[node, gate], name=layer.name)


graph.register_rule(
    DilatedGate,
    receptive_field=lambda layer, plane: plane.merge(graph.see(layer.filter, plane)),
    lowering=lower_gate,
)


def gated_net(channels=1, filters=4):
    """A residual network of two convolutions with the gate between them; its halo is 4."""
    degraded = keras.Input((None, None, channels), name="degraded")
    x = keras.layers.Conv2D(filters, 3, padding="same", name="conv1")(degraded)
    x = DilatedGate(name="gate")(x)
    x = keras.layers.Conv2D(channels, 3, padding="same", name="conv2")(x)
    return keras.Model(degraded, ResidualOutput(name="restored")([degraded, x]), name="gated_net")


class Haze(Degradation):
    """Mixes the image with white, as far as `strength` says: a number or a range."""

    def __init__(self, strength=0.3):
        self.range = check_range("strength", strength, low=0, high=1)
        self.strength = strength

    def sample(self, shape, seed):
        return {"strength": draw_uniform(self.range, shape[0], seed)}

    def apply(self, clean, parameters):
        strength = tf.reshape(parameters["strength"], [-1, 1, 1, 1])
        return clean + strength * (1.0 - clean)

    def get_config(self):
        return {"strength": self.strength}


class MeanError(ImageMetric):
    """Mean absolute error in grey levels of 255."""

    name, label, unit, digits, higher_is_better = "mean_error", "Error", "levels", 2, False

    @staticmethod
    def compute(clean, restored, crop_border=0):
        if crop_border:
            inside = slice(crop_border, -crop_border)
            clean, restored = clean[..., inside, inside, :], restored[..., inside, inside, :]
        difference = keras.ops.abs(keras.ops.subtract(clean, restored))
        return 255 * keras.ops.mean(difference, axis=(-3, -2, -1))
