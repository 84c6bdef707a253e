"""Inputs of the case tables' rows, with Keras and NumPy alone."""

import keras
import numpy as np


def layer_inputs(case, seed=0):
    """Random inputs of a layer's row, as a list."""
    shapes = case.shapes if isinstance(case.shapes, list) else [case.shapes]
    generator = np.random.default_rng(seed)
    return [generator.normal(size=shape).astype(np.float32) for shape in shapes]


def layer_model(case):
    """The layer of a row in a functional model whose height and width are unknown."""
    several = isinstance(case.shapes, list)
    shapes = case.shapes if several else [case.shapes]
    inputs = [keras.Input((None, None, s[-1]), name=f"input{i}") for i, s in enumerate(shapes)]
    inputs = inputs if several else inputs[0]
    return keras.Model(inputs, case.make()(inputs))


def model_input(case, height=9, width=7, batch=2, seed=0):
    """Random images of a builder's row, and noise levels where it takes them."""
    generator = np.random.default_rng(seed)
    degraded = generator.uniform(size=(batch, height, width, case.channels)).astype(np.float32)
    if not case.takes_sigma:
        return degraded
    sigma = generator.uniform(0, 75, size=(batch, height, width, 1)).astype(np.float32)
    return {"degraded": degraded, "sigma": sigma}
