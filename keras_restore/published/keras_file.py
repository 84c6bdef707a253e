"""Networks that Keras 2 saved as HDF5."""

import json
import pathlib

import numpy as np

from keras_restore.published.checkpoint import (
    Checkpoint,
    Convolution,
    Normalization,
    check_activations,
    check_array,
)

# Keras' default, for files of weights without a config.
EPSILON = 1e-3


def read_keras(path, root, batch_norm_epsilon=None):
    """Reads the network of a Keras 2 HDF5 file.

    The config of the network is taken from the file where it holds one, otherwise from a
    `.json` file of the same name beside it; without either, ReLUs and the network's last step
    are assumed to be those of the published networks. Only convolutions, batch norms, ReLUs
    and the sum or difference with the input are read; the config is never deserialised.

    Args:
        path: File that `model.save` or `model.save_weights` wrote.
        root: The `Node` that `read_hdf5` returned.
        batch_norm_epsilon: Of the batch norms; None takes it from the config, or Keras'
            default of 1e-3 where there is none.

    Returns:
        A `Checkpoint`.

    Raises:
        ValueError: If the file is damaged, or holds layers that none of our networks have.
    """
    config = root.attributes.get("model_config")
    try:
        weights = _weights(root.value.get("model_weights", root))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"The HDF5 file is damaged: it lacks {error}.") from error
    sidecar = pathlib.Path(path).with_suffix(".json")
    if config is None and sidecar.is_file():
        config = sidecar.read_text(encoding="utf-8")
    configs = None if config is None else _configs(config)
    epsilons = _epsilons(configs, batch_norm_epsilon)
    layers = tuple(
        _layer(name, arrays, epsilons.get(name, batch_norm_epsilon or EPSILON))
        for name, arrays in weights.items()
        if arrays
    )
    if configs is None:
        assumed = "ReLUs and the last step of the published networks, since there is no config"
        assumptions = [assumed]
        if batch_norm_epsilon is None and any(isinstance(i, Normalization) for i in layers):
            assumptions.append(f"batch norm epsilon {EPSILON:g}, Keras' default")
        return Checkpoint("Keras 2 HDF5", layers, None, tuple(assumptions))
    if [name for name, arrays in weights.items() if arrays] != _weighted(configs):
        raise ValueError("The config beside the weights is that of another network.")
    return Checkpoint("Keras 2 HDF5 with config", layers, _residual(configs))


def is_keras(root):
    """Tells whether an HDF5 file is Keras', from the names of its entries."""
    return "model_weights" in root.value or any(
        a.startswith("layer_names") for a in root.attributes
    )


def _names(attributes, name):
    """Returns a list attribute, which Keras splits into chunks where it is long."""
    if name in attributes:
        chunks = [attributes[name]]
    else:
        chunks, number = [], 0
        while f"{name}{number}" in attributes:
            chunks.append(attributes[f"{name}{number}"])
            number += 1
        if not chunks:
            raise ValueError(f"The HDF5 file holds no Keras network: `{name}` is missing.")
    return [item for chunk in chunks for item in chunk]


def _weights(group):
    """Returns the arrays of every layer, under the last part of their names."""
    weights = {}
    for layer in _names(group.attributes, "layer_names"):
        weights[layer] = {}
        for name in _names(group.at(layer).attributes, "weight_names"):
            array = group.at(layer).at(name).value
            weights[layer][name.rpartition("/")[2].partition(":")[0]] = array
    return weights


def _layer(name, arrays, epsilon):
    arrays = {key: check_array(array, f"{name}/{key}") for key, array in arrays.items()}
    names = set(arrays)
    if "kernel" in names and names <= {"kernel", "bias"} and arrays["kernel"].ndim == 4:
        bias = arrays.get("bias")
        if bias is None or bias.shape == arrays["kernel"].shape[3:]:
            return Convolution(arrays["kernel"], bias)
    moving = {"moving_mean", "moving_variance"}
    if moving <= names <= moving | {"gamma", "beta"}:
        mean, variance = arrays["moving_mean"], arrays["moving_variance"]
        gamma = arrays.get("gamma", np.ones_like(mean))
        beta = arrays.get("beta", np.zeros_like(mean))
        if mean.ndim == 1 and gamma.shape == beta.shape == mean.shape == variance.shape:
            return Normalization(gamma, beta, mean, np.sqrt(np.maximum(variance, 0) + epsilon))
    shapes = {key: array.shape for key, array in arrays.items()}
    raise ValueError(f"The layer {name!r} is neither a convolution nor a batch norm: {shapes}.")


def _configs(text):
    """Returns the layers of a model's config, checked for what we can rebuild."""
    try:
        config = json.loads(text)["config"]
        configs = config if isinstance(config, list) else config["layers"]
        for layer in configs:
            if not isinstance(layer["config"]["name"], str):
                raise TypeError("a name that is no text")
            float(layer["config"].get("epsilon", EPSILON))
        steps = "".join(_step(layer["class_name"], layer["config"]) for layer in configs)
    except (
        *(KeyError, TypeError, AttributeError, OverflowError),
        *(json.JSONDecodeError, RecursionError),
    ) as error:
        raise ValueError(
            f"The config of the network is damaged ({type(error).__name__})."
        ) from error
    check_activations(steps)
    return configs


def _step(kind, config):
    activation = config.get("activation", "linear")
    if activation not in ("linear", "relu"):
        raise ValueError(f"The layer {config['name']!r} has the activation {activation!r}.")
    relu = "r" if activation == "relu" else ""
    if kind in ("Conv2D", "Convolution2D"):
        same = config.get("padding", config.get("border_mode")) == "same"
        ones = [*config.get("strides", [1, 1]), *config.get("dilation_rate", [1, 1])]
        if not same or set(ones) != {1}:
            raise ValueError(f"The convolution {config['name']!r} is strided, dilated or cropping.")
        return f"c{relu}"
    if kind == "BatchNormalization":
        return "n"
    if kind in ("Activation", "ReLU"):
        return "r" if kind == "ReLU" else relu
    if kind in ("InputLayer", "Subtract", "Add"):
        return ""
    raise ValueError(
        f"The layer {config['name']!r} of the class {kind} is in none of our networks."
    )


def _weighted(configs):
    kinds = ("Conv2D", "Convolution2D", "BatchNormalization")
    return [c["config"]["name"] for c in configs if c["class_name"] in kinds]


def _epsilons(configs, override):
    return {
        c["config"]["name"]: override or c["config"].get("epsilon", EPSILON)
        for c in configs or []
        if c["class_name"] == "BatchNormalization"
    }


def _residual(configs):
    """Returns how the network combines its input with its last convolution."""
    merges = [c for c in configs if c["class_name"] in ("Subtract", "Add")]
    if not merges:
        return "none"
    inputs = [
        c.get("name", c["config"]["name"]) for c in configs if c["class_name"] == "InputLayer"
    ]
    last = _weighted(configs)[-1]
    try:
        sources = [connection[0] for connection in merges[0]["inbound_nodes"][0]]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("The config of the network is damaged: a sum has no inputs.") from error
    if len(merges) > 1 or sorted(sources) != sorted([*inputs, last]):
        raise ValueError("The network has sums or differences inside.")
    if merges[0]["class_name"] == "Add":
        return "add"
    if sources[0] == last:
        raise ValueError("The network subtracts its input from its last convolution.")
    return "subtract"
