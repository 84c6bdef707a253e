"""Weights that make every part of a network matter."""

import numpy as np


def randomize(model, seed=0):
    """Gives the biases and batch norms of a model values that are not their initial ones.

    The mean that a vision network removes is a constant, not a weight.
    """
    generator = np.random.default_rng(seed)
    for variable in model.weights:
        if "mean_removal" in variable.path:
            continue
        shape = variable.shape
        if variable.name == "gamma":
            signs = generator.choice([-1, 1], shape)
            variable.assign(signs * generator.uniform(0.5, 1.2, shape))
        elif variable.name == "moving_variance":
            variable.assign(generator.uniform(0.5, 2, shape))
        elif variable.name in ("beta", "moving_mean", "bias"):
            variable.assign(0.2 * generator.normal(size=shape))
        elif variable.name == "alpha":
            variable.assign(generator.uniform(0, 0.4, shape))
    return model
