"""Which of our models a checkpoint is, told from its structure, and its filling."""

import dataclasses
import re

import keras
import numpy as np

from keras_restore import layers as keras_restore_layers
from keras_restore import models
from keras_restore.published.checkpoint import Convolution, Normalization

IMAGE_CHANNELS = (1, 3)
# Convolutions of the denoiser IRCNN. A state dict does not hold their dilations, so it looks
# like a DnCNN of this depth.
IRCNN_DEPTH = 7
# What an FFDNet of gray or colour images takes and gives: four images of half the size, and maps
# of the noise level beside those that it takes.
FFDNETS = ((5, 4), (15, 12))
# The sequences of weights of every family, see `Checkpoint.signature`. An xUnit cell is a
# convolution and the xUnit's norm, depthwise convolution and norm.
SIGNATURES = {
    "merged": "c{2,}",
    "dncnn": "c(cn)+c",
    "conv_net": "(cn)+c",
    "xdncnn": "cndn(ncndn)+c",
    "xnet": "(cndn)+c",
    "xnet without gate norm": "(cnd)+c",
    "xnet without input norm": "(cdn)+c",
    "xnet without norms": "(cd)+c",
}


@dataclasses.dataclass(frozen=True)
class Architecture:
    """A builder with its arguments, and the layers to fill the model with.

    Attributes:
        family: Name of the builder in `keras_restore.models`.
        arguments: Dictionary of its arguments.
        layers: Layers of the checkpoint, ordered and shaped as the model's.
        notes: What the weights cannot tell and was assumed, in sentences.
    """

    family: str
    arguments: dict
    layers: tuple
    notes: tuple = ()

    def build(self):
        """Returns the model with the checkpoint's weights.

        Raises:
            ValueError: If an array has another shape than the model's.
        """
        model = getattr(models, self.family)(**self.arguments)
        targets = list(_weighted_layers(model))
        for target, source in zip(
            targets, _without_spare_biases(targets, self.layers), strict=True
        ):
            _fill(target, source)
        return model


def recognize(checkpoint):
    """Tells the architecture of a checkpoint from its structure.

    Names of layers and files play no part: the order, kind and shape of the weights decide.

    * 3x3 convolutions alone: a DnCNN whose batch norms are merged; with one input channel
      more than outputs: an FDnCNN.
    * 3x3 convolutions with batch norms: a DnCNN, or the xUnit paper's ConvNet.
    * 3x3 convolutions with xUnits: an xDnCNN, or an xNet.
    * three convolutions of other sizes: an SRCNN, or with xUnits an xSRCNN.

    Args:
        checkpoint: A `Checkpoint`.

    Returns:
        An `Architecture`.

    Raises:
        ValueError: If it is none of these; the error says what was found.
    """
    signature = checkpoint.signature
    form = next((f for f, s in SIGNATURES.items() if re.fullmatch(s, signature)), None)
    if form is None:
        raise _unknown(checkpoint, "its layers follow each other as in none of our networks")
    convolutions = [layer for layer in checkpoint.layers if isinstance(layer, Convolution)]
    _check_channels(checkpoint)
    sizes = [layer.kernel.shape[0] for layer in convolutions]
    if len(convolutions) == 3 and set(sizes) != {3}:
        return _three_layers(checkpoint, form, convolutions, sizes)
    filters = {layer.kernel.shape[3] for layer in convolutions[:-1]}
    if set(sizes) != {3} or len(filters) != 1:
        raise _unknown(
            checkpoint, f"its filters are of sizes {sorted(set(sizes))}, {sorted(filters)} a layer"
        )
    if convolutions[0].kernel.shape[2] != convolutions[-1].kernel.shape[3]:
        return _fdncnn(checkpoint, form, convolutions)
    return _chain(checkpoint, form, convolutions)


def _chain(checkpoint, form, convolutions):
    depth, channels = len(convolutions), convolutions[0].kernel.shape[2]
    arguments = {
        "depth": depth,
        "channels": channels,
        "filters": convolutions[0].kernel.shape[3],
    }
    notes = list(checkpoint.assumptions)
    layers = checkpoint.layers
    if checkpoint.residual is None:
        notes.append("the network predicts the noise, as all published ones of its family")
    if form == "merged":
        if checkpoint.residual is None and all(layer.bias is None for layer in convolutions):
            raise _unknown(
                checkpoint,
                "a chain with neither batch norms nor biases is no DnCNN (it may be a VDSR)",
            )
        if checkpoint.residual is None and depth == IRCNN_DEPTH:
            notes.append("the convolutions are not dilated; an IRCNN has the same weights")
        family = "dncnn"
        arguments["batch_norm"] = False
    elif form in ("dncnn", "conv_net", "xdncnn"):
        family = form
    else:
        family = "xnet"
        arguments["input_batch_norm"] = form in ("xnet", "xnet without gate norm")
        arguments["gate_batch_norm"] = form in ("xnet", "xnet without input norm")
    if family in ("xdncnn", "xnet"):
        arguments["kernel_size"] = _gate_size(checkpoint)
        notes.append("the gates are Gaussians, as in the paper")
    residual = checkpoint.residual or "subtract"
    if residual == "none":
        if family == "xdncnn":
            raise _unknown(checkpoint, "an xDnCNN without its last subtraction")
        arguments["residual"] = False
    elif residual == "add":
        layers = (*layers[:-1], _negative(layers[-1]))
    return Architecture(family, arguments, tuple(layers), tuple(notes))


def _fdncnn(checkpoint, form, convolutions):
    inputs, channels = convolutions[0].kernel.shape[2], convolutions[-1].kernel.shape[3]
    if inputs != channels + 1 or form not in ("merged", "dncnn", "conv_net"):
        raise _unknown(checkpoint, f"it turns {inputs} channels into {channels}")
    if checkpoint.residual not in (None, "none"):
        raise _unknown(checkpoint, "a noise level channel and residual learning")
    arguments = {
        "depth": len(convolutions),
        "channels": channels,
        "filters": convolutions[0].kernel.shape[3],
    }
    notes = [*checkpoint.assumptions, "the last input channel is sigma / 255"]
    if checkpoint.residual is None:
        notes.append("the output is the image itself, as in the published FDnCNNs")
    return Architecture("fdncnn", arguments, _merged(checkpoint.layers), tuple(notes))


def _three_layers(checkpoint, form, convolutions, sizes):
    if form not in ("merged", "xnet") or checkpoint.residual not in (None, "none"):
        raise _unknown(checkpoint, "three layers, but neither an SRCNN nor an xSRCNN")
    if any(size % 2 == 0 for size in sizes):
        raise _unknown(checkpoint, f"filters of even sizes, {sizes}")
    arguments = {
        "channels": convolutions[0].kernel.shape[2],
        "filters": tuple(layer.kernel.shape[3] for layer in convolutions[:2]),
        "kernel_sizes": tuple(sizes),
    }
    if convolutions[0].kernel.shape[2] != convolutions[2].kernel.shape[3]:
        raise _unknown(checkpoint, "it changes the number of channels")
    notes = [*checkpoint.assumptions, "the output is the image itself, the input upsampled"]
    if form == "merged":
        return Architecture("srcnn", arguments, checkpoint.layers, tuple(notes))
    arguments["gate_kernel_size"] = _gate_size(checkpoint)
    family = "xsrcnn_f" if sizes[1] == 3 else "xsrcnn_c"
    notes.append("the gates are Gaussians, as in the paper")
    return Architecture(family, arguments, checkpoint.layers, tuple(notes))


def _check_channels(checkpoint):
    """Every layer takes as many channels as the one before gives; the last gives an image."""
    channels = None
    for number, layer in enumerate(checkpoint.layers, start=1):
        if isinstance(layer, Convolution):
            height, width, inputs, outputs = layer.kernel.shape
            if height != width:
                raise _unknown(checkpoint, f"the filters of layer {number} are not square")
        else:
            is_norm = isinstance(layer, Normalization)
            inputs = outputs = layer.gamma.size if is_norm else layer.kernel.shape[2]
        if channels is not None and inputs != channels:
            raise _unknown(
                checkpoint, f"layer {number} takes {inputs} channels and is given {channels}"
            )
        channels = outputs
    first = next(x for x in checkpoint.layers if isinstance(x, Convolution)).kernel.shape[2]
    if (first, channels) in FFDNETS:
        raise _unknown(
            checkpoint, "it is an FFDNet, which restores an image as four of half its size"
        )
    if channels not in IMAGE_CHANNELS:
        raise _unknown(checkpoint, f"it returns {channels} channels; an image has 1 or 3")


def _gate_size(checkpoint):
    sizes = {layer.kernel.shape[:2] for layer in checkpoint.layers if layer.letter == "d"}
    if len(sizes) != 1 or len(set(next(iter(sizes)))) != 1:
        raise _unknown(checkpoint, f"its depthwise filters are of the sizes {sorted(sizes)}")
    return next(iter(sizes))[0]


def _unknown(checkpoint, reason):
    return ValueError(
        f"The file holds no network that can be imported: {reason}. "
        f"Found ({checkpoint.format}): {checkpoint.describe() or 'no layers'}."
    )


def _negative(convolution):
    bias = convolution.bias
    return Convolution(-convolution.kernel, None if bias is None else -bias)


def _merged(layers):
    """Folds every batch norm into the convolution before it."""
    merged = []
    for layer in layers:
        if isinstance(layer, Normalization):
            factor = layer.gamma / layer.deviation
            convolution = merged.pop()
            bias = 0.0 if convolution.bias is None else convolution.bias
            layer = Convolution(
                convolution.kernel * factor, layer.beta + (bias - layer.mean) * factor
            )
        merged.append(layer)
    return tuple(merged)


def _weighted_layers(model):
    """Yields the layers of our model that a checkpoint has weights for, in order."""
    for layer in model.layers:
        if isinstance(layer, keras_restore_layers.XUnit):
            parts = (layer.input_norm, layer.depthwise, layer.gate_norm)
            yield from (part for part in parts if part is not None)
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.BatchNormalization)):
            yield layer


def _without_spare_biases(targets, sources):
    """Moves the bias of a convolution that has none in our model into the norm after it."""
    spare = None
    for target, source in zip(targets, sources, strict=True):
        if spare is not None:
            source = dataclasses.replace(source, mean=source.mean - spare)
        spare = None
        if isinstance(source, Convolution) and not target.use_bias:
            spare = source.bias
        yield source


def _fill(target, source):
    if isinstance(source, Normalization):
        variance = np.maximum(source.deviation**2 - target.epsilon, 0.0)
        gamma = source.gamma * np.sqrt(variance + target.epsilon) / source.deviation
        weights = [gamma, source.beta, source.mean, variance]
    else:
        weights = [source.kernel]
        if target.use_bias:
            outputs = target.bias.shape
            weights.append(np.zeros(outputs) if source.bias is None else source.bias)
    shapes = [tuple(weight.shape) for weight in target.get_weights()]
    found = [weight.shape for weight in weights]
    if shapes != found:
        raise ValueError(f"The layer {target.name!r} needs weights of {shapes}. Found {found}.")
    target.set_weights([weight.astype(np.float32) for weight in weights])
