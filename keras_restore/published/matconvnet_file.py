"""MatConvNet networks (SimpleNN) in MATLAB files, v7.3 (HDF5) and older."""

import pathlib

import numpy as np

from keras_restore.published.checkpoint import (
    Checkpoint,
    Convolution,
    Normalization,
    check_activations,
    check_array,
)
from keras_restore.published.mat5_values import read_mat5

LOSSES = ("loss", "softmaxloss", "pdist", "l2loss")


def read_matconvnet(path, root=None):
    """Reads the network of a MatConvNet file: a variable with a cell array `layers`.

    MatConvNet correlates, as Keras does, and orders filters (height, width, inputs, outputs).
    HDF5 reverses the axes, and MATLAB drops trailing axes of size one. A batch norm may be
    merged into its convolution, or be a layer of its own, whose `moments` are the mean and
    the root of variance + epsilon. A first layer `concat` is FDnCNN's, which adds the noise level.

    Args:
        path: `.mat` file.
        root: Of a file of v7.3 the `Node` that `read_hdf5` returned.

    Returns:
        A `Checkpoint`.

    Raises:
        ValueError: If the file is damaged or holds no network, or one with layers that none
            of our networks have.
    """
    variables = _variables(root) if root else read_mat5(pathlib.Path(path).read_bytes())
    networks = {
        name: value["layers"]
        for name, value in variables.items()
        if isinstance(value, dict) and "layers" in value
    }
    if not networks:
        names = ", ".join(sorted(variables)) or "none"
        raise ValueError(f"The file holds no network with `layers`; its variables are: {names}.")
    if len(networks) > 1:
        raise ValueError(f"The file holds {len(networks)} networks: {', '.join(networks)}.")
    layers = next(iter(networks.values()))
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
        raise ValueError("`layers` must be a cell array of structs (SimpleNN, not DagNN).")
    version = "v7.3" if root else "v5"
    return Checkpoint(f"MatConvNet SimpleNN (.mat {version})", _layers(layers))


def _layers(structs):
    while structs and structs[-1].get("type") in LOSSES:
        structs = structs[:-1]
    # FDnCNN's first layer, without weights, puts the noise level behind the channels.
    told = bool(structs) and structs[0].get("type") == "concat"
    layers, steps = [], ""
    for number, struct in enumerate(structs, start=1):
        kind = struct.get("type")
        what = f"Layer {number} ({kind})"
        if kind == "conv":
            layers.append(_convolution(struct, what))
            steps += "c"
        elif kind == "bnorm":
            layers.append(_normalization(struct, what))
            steps += "n"
        elif kind == "concat" and number == 1:
            continue
        elif kind == "SubP":
            raise ValueError(
                f"{what} is FFDNet's, which restores an image as four of half its size."
            )
        elif kind == "relu" and not np.any(struct.get("leak", 0)):
            steps += "r"
        else:
            raise ValueError(f"{what} is of a type that none of our networks have.")
    check_activations(steps)
    if told and layers:
        inputs, outputs = layers[0].kernel.shape[2], layers[-1].kernel.shape[3]
        if inputs != outputs + 1:
            raise ValueError(
                "Layer 1 (concat) must add one channel, the noise level: the next layer takes "
                f"{inputs} channels and the last gives {outputs}."
            )
    return tuple(layers)


def _weights(struct, what):
    weights = struct.get("weights")
    if weights is None:
        weights = [struct.get(name) for name in ("filters", "biases", "moments")]
    if not isinstance(weights, list) or not weights or not isinstance(weights[0], np.ndarray):
        raise ValueError(f"{what} has no weights.")
    arrays = [w if isinstance(w, np.ndarray) and w.size else None for w in weights]
    return [*arrays, None, None][:3]


def _convolution(struct, what):
    kernel, bias, _ = _weights(struct, what)
    kernel = check_array(kernel, what)
    kernel = kernel.reshape(kernel.shape + (1,) * (4 - kernel.ndim))
    height, width, _, outputs = kernel.shape
    if np.any(np.asarray(struct.get("stride", 1)) != 1):
        raise ValueError(f"{what} has a stride.")
    if np.any(np.asarray(struct.get("dilate", 1)) != 1):
        raise ValueError(f"{what} is dilated.")
    pad = np.broadcast_to(np.ravel(struct.get("pad", 0)), 4)
    if list(pad) != [(height - 1) // 2] * 2 + [(width - 1) // 2] * 2:
        raise ValueError(f"{what} changes the size of the image: its padding is {list(pad)}.")
    if bias is not None:
        bias = check_array(bias, what).ravel()
        if bias.size != outputs:
            raise ValueError(f"{what} has {outputs} filters and {bias.size} biases.")
    return Convolution(kernel, bias)


def _normalization(struct, what):
    gamma, beta, moments = _weights(struct, what)
    if beta is None or moments is None:
        raise ValueError(f"{what} must have three arrays of weights: gamma, beta and moments.")
    gamma, beta = (check_array(array, what).ravel() for array in (gamma, beta))
    moments = check_array(moments, what)
    if gamma.size != beta.size or moments.shape != (gamma.size, 2) or np.any(moments[:, 1] <= 0):
        raise ValueError(f"{what} has moments of shape {moments.shape} for {gamma.size} channels.")
    return Normalization(gamma, beta, moments[:, 0], moments[:, 1])


def _variables(root):
    """The variables of a MATLAB file of v7.3."""
    return {name: _plain(node) for name, node in root.value.items()}


def _plain(node):
    if isinstance(node.value, dict):
        return {name: _plain(entry) for name, entry in node.value.items()}
    if node.attributes.get("MATLAB_empty", 0):
        return None
    if isinstance(node.value, list):
        return [_plain(entry) for entry in node.value]
    if node.attributes.get("MATLAB_class") == "char":
        if node.value.dtype.kind not in "iu":
            raise ValueError(f"a text is stored as {node.value.dtype}, not as characters")
        return "".join(map(chr, node.value.ravel()))
    return node.value.T
