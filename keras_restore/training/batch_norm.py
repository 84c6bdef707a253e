"""Batch norm statistics that fit the weights they are used with."""

import contextlib

import keras
import numpy as np

from keras_restore.graph import layers_of


def batch_norms(model):
    """Lists the batch norm layers of a model that learn, those inside other layers included.

    Args:
        model: A `keras.Model`.

    Returns:
        List of `keras.layers.BatchNormalization`.
    """
    layers = layers_of(model)
    norms = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    return [layer for layer in norms if layer.trainable]


def reestimate_batch_norm(model, batches):
    """Replaces the moving averages of all batch norms by the exact averages over some batches.

    Moving averages lag behind the weights early in training, and they belong to other weights
    when those are an exponential average. Mean and variance are those of all batches together.

    Args:
        model: A `keras.Model`.
        batches: Iterable of input batches.

    Example:

    >>> reestimate_batch_norm(model, [degraded])
    """
    layers = batch_norms(model)
    if not layers:
        return
    momenta = [layer.momentum for layer in layers]
    means, squares = [], []
    try:
        for layer in layers:
            layer.momentum = 0.0
        for batch in batches:
            model(batch, training=True)
            mean = [keras.ops.convert_to_numpy(layer.moving_mean) for layer in layers]
            variance = [keras.ops.convert_to_numpy(layer.moving_variance) for layer in layers]
            means.append(mean)
            squares.append([v + m * m for m, v in zip(mean, variance, strict=True)])
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    for i, layer in enumerate(layers):
        mean = np.mean([m[i] for m in means], axis=0)
        layer.moving_mean.assign(mean)
        layer.moving_variance.assign(np.mean([s[i] for s in squares], axis=0) - mean * mean)


@contextlib.contextmanager
def evaluation_weights(model, optimizer, batches):
    """Gives a model the weights it is judged by, and takes them back at the end.

    These are the exponential average, where the optimizer keeps one, with batch norm
    statistics re-estimated for them.

    Args:
        model: The model in training.
        optimizer: Its optimizer.
        batches: Input batches for the batch norm statistics.
    """
    kept = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    try:
        use_evaluation_weights(model, optimizer, batches)
        yield
    finally:
        for variable, value in zip(model.variables, kept, strict=True):
            variable.assign(value)


def use_evaluation_weights(model, optimizer, batches):
    """Does for good what `evaluation_weights` does for a while."""
    if optimizer.use_ema:
        optimizer.finalize_variable_values(model.trainable_variables)
    reestimate_batch_norm(model, batches)
