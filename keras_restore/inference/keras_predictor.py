"""A Keras model as a predictor."""

import functools
import os
import pathlib

import numpy as np

from keras_restore.hdf5_values import check_keras_file
from keras_restore.inference.card import Card, read_card
from keras_restore.inference.predictor import Predictor, levels_of
from keras_restore.restored_output import restored_output


class KerasPredictor(Predictor):
    """Runs a Keras model on batches of windows, as one graph; it follows the model's weights.

    Args:
        model: A `keras.Model`, or the path of a `.keras` file.
        output: Name of the output that counts, of a model with several.

    Raises:
        ValueError: If the file is no Keras model, or the model has no such output.

    Example:

    >>> predictor = KerasPredictor(keras_restore.models.xdncnn())
    """

    NAME = "keras"
    FILE = "model.keras"
    NEEDS = ("keras", "tensorflow")

    def __init__(self, model, output="restored"):
        import keras

        from keras_restore.models.noise_level import takes_sigma

        if isinstance(model, (str, os.PathLike)):
            super().__init__(read_card(model))
            model = load_file(model)
        else:
            super().__init__(getattr(model, "card", Card()))
        if not isinstance(model, keras.Model) or not getattr(model, "outputs", None):
            raise ValueError(f"`model` must be a functional keras.Model. Received: model={model!r}")
        if isinstance(model, keras.Sequential):
            model = keras.Model(model.inputs[0], model.outputs[0])
        if len(model.outputs) > 1:
            outputs = restored_output(model.output, model.output_names, output)
            model = keras.Model(model.input, outputs)
        self._model = model
        self.takes_sigma = self.takes_map = takes_sigma(model)
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            self._function = _traced(model, tf)
            self._out_of_memory = tf.errors.ResourceExhaustedError
            self.largest_batch = 8 if tf.config.list_physical_devices("GPU") else 1
        elif keras.backend.backend() == "jax":
            self._function = _compiled(model)
        else:
            self._function = model.predict_on_batch

    @staticmethod
    def reads(path):
        return pathlib.Path(path).suffix == ".keras"

    @functools.cached_property
    def geometry(self):
        from keras_restore.graph import geometry

        return geometry(self._model)

    @functools.cached_property
    def channels(self):
        return self._model.inputs[0].shape[-1] // self.frames

    @functools.cached_property
    def frames(self):
        from keras_restore.graph import frames_of

        return frames_of(self._model)

    @functools.cached_property
    def bytes_per_pixel(self):
        from keras_restore.graph import working_memory

        return working_memory(self._model)

    def _run(self, batch, sigma):
        if self.takes_sigma:
            batch = {"degraded": batch, "sigma": levels_of(batch, sigma)}
        return np.asarray(restored_output(self._function(batch), self._model.output_names))


def load_file(path):
    """Loads a `.keras` file.

    Args:
        path: Path of the file.

    Returns:
        The `keras.Model`.

    Raises:
        ValueError: If the file is no Keras model.
    """
    import keras

    import keras_restore.layers  # noqa: F401  (registers the layers)

    try:
        check_keras_file(path)
        return keras.models.load_model(path, compile=False)
    except Exception as error:
        raise ValueError(f"{str(path)!r} is not a Keras model: {error}") from error


def _compiled(model):
    """The model as one function under JAX, on this process's own first device."""
    import jax
    from keras.ops import convert_to_numpy

    # Keras' `predict_on_batch` gives the weights' memory away, also that of an average that
    # shares it, and runs on the devices of all processes.
    @jax.jit
    def run(trainable, others, batch):
        return model.stateless_call(trainable, others, batch, training=False)[0]

    def function(batch):
        weights = (model.trainable_variables, model.non_trainable_variables)
        return run(*([convert_to_numpy(v) for v in variables] for variables in weights), batch)

    return function


def _traced(model, tf):
    """The model as one graph for all sizes; one per size for layers that need to know it."""

    # No XLA: it is ten times slower for 9x9 depthwise filters on the CPU.
    def run(batch):
        return model(batch, training=False)

    specs = tf.nest.map_structure(
        lambda tensor: tf.TensorSpec((None, *tensor.shape[1:]), tf.float32), model.input
    )
    traced = tf.function(run, input_signature=[specs], jit_compile=False)
    try:
        traced.get_concrete_function()
    except tf.errors.OperatorNotAllowedInGraphError:
        return tf.function(run, jit_compile=False)
    return traced
