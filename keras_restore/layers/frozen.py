"""A network that cannot learn inside another one."""

import keras


@keras.saving.register_keras_serializable(package="keras_restore")
class Frozen(keras.layers.Layer):
    """Runs a network in inference mode, whatever the mode of the model around it.

    Its weights never train, its batch normalisations use and keep their moving statistics,
    its dropouts do nothing, while gradients pass through to what comes before it (Liu et al.,
    "When Image Denoising Meets High-Level Vision Tasks", IJCAI 2018, Sec. 2.2: only the
    denoiser is updated). Unlike `network.trainable = False`, this survives a later
    `model.trainable = True` on the model around it.

    The network's own `trainable` becomes False.

    Args:
        network: A `keras.Model` or layer with one input.

    Input and output shape: the network's.

    Raises:
        ValueError: If `network` is not a Keras layer or model.

    Example:

    >>> keras.ops.shape(Frozen(keras.Sequential([keras.layers.Dense(2)]))(keras.ops.ones((1, 3))))
    (1, 2)
    """

    def __init__(self, network, **kwargs):
        if not isinstance(network, keras.layers.Layer):
            raise ValueError(
                f"`network` must be a Keras model or layer. Received: network={network!r}"
            )
        kwargs["trainable"] = False
        super().__init__(**kwargs)
        self.network = network
        network.trainable = False

    @property
    def trainable(self):
        return False

    @trainable.setter
    def trainable(self, value):
        """Ignored: a frozen network stays frozen."""

    def build(self, input_shape):
        if not self.network.built:
            self.network.build(input_shape)
            self.network.trainable = False

    def call(self, inputs):
        return self.network(inputs, training=False)

    def compute_output_shape(self, input_shape):
        return self.network.compute_output_shape(input_shape)

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config):
        return cls(
            **{**config, "network": keras.saving.deserialize_keras_object(config["network"])}
        )
