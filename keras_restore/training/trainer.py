"""The Keras model that `fit` trains: a restoration model and where its batches are degraded."""

import keras

from keras_restore.data import degrade_in_step


class Trainer(keras.Model):
    """Wraps a restoration model for `fit`; its weights are the model's own.

    Args:
        model: The model that is trained.
        degradation: None for batches `(degraded, clean)`. A degradation for batches
            `(seeds, clean)`: then the train step applies it (`placement="step"`).

    Example:

    >>> trainer = Trainer(keras_restore.models.xdncnn())
    >>> trainer.compile("adam", "mse")
    """

    def __init__(self, model, degradation=None, **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.degradation = degradation
        self.built = True

    @property
    def steps_done(self):
        """Number of training steps that the optimizer has taken."""
        if keras.backend.backend() == "jax":
            # Within an epoch `fit` has the state, and the variables are empty.
            self.jax_state_sync()
        return int(keras.ops.convert_to_numpy(self.optimizer.iterations))

    def call(self, inputs, training=None):
        return self.model(inputs, training=training)

    def train_step(self, *state_and_data):
        *state, data = state_and_data
        if self.degradation is not None:
            data = degrade_in_step(self.degradation, *data)
        return super().train_step(*state, data)
