"""What every reader makes of a file: the layers with weights, in the order of the network."""

import dataclasses
import itertools
import re

import numpy as np

# The networks of these families have at most a few million weights. More elements than this
# in one array are a damaged or hostile file.
MAX_ELEMENTS = 2**26


@dataclasses.dataclass(frozen=True)
class Convolution:
    """Weights of a convolution, correlating: `kernel` is (height, width, inputs, outputs)."""

    kernel: np.ndarray
    bias: np.ndarray | None = None
    letter = "c"

    def describe(self):
        height, width, inputs, outputs = self.kernel.shape
        bias = "" if self.bias is None else " + bias"
        return f"conv {height}x{width} {inputs}->{outputs}{bias}"


@dataclasses.dataclass(frozen=True)
class DepthwiseConvolution:
    """Weights of a depthwise convolution: `kernel` is (height, width, channels, 1)."""

    kernel: np.ndarray
    bias: np.ndarray | None = None
    letter = "d"

    def describe(self):
        height, width, channels, _ = self.kernel.shape
        bias = "" if self.bias is None else " + bias"
        return f"depthwise {height}x{width} of {channels}{bias}"


@dataclasses.dataclass(frozen=True)
class Normalization:
    """A batch norm in inference: gamma * (x - mean) / deviation + beta.

    `deviation` is the square root of variance + epsilon, so that files with any epsilon, and
    MatConvNet's, which hold this number itself, mean the same.
    """

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    letter = "n"

    def describe(self):
        return f"batch norm of {self.gamma.size}"


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """The content of a published file.

    Attributes:
        format: The file's format in words.
        layers: Tuple of the layers above.
        residual: "subtract" or "add" for what the file says of the network's last step,
            "none" where it says that there is none; None where the format cannot say.
        assumptions: What the reader had to assume, in sentences.
    """

    format: str
    layers: tuple
    residual: str | None = None
    assumptions: tuple = ()

    @property
    def signature(self):
        """One letter a layer: c(onvolution), d(epthwise convolution), n(ormalization)."""
        return "".join(layer.letter for layer in self.layers)

    def describe(self):
        """Returns the layers in one line."""
        runs = itertools.groupby(layer.describe() for layer in self.layers)
        counted = ((text, len(list(run))) for text, run in runs)
        return ", ".join(text if n == 1 else f"{n} x ({text})" for text, n in counted)


def check_array(array, what):
    """Returns an array of weights as float64, or raises if it cannot be one."""
    array = np.asarray(array)
    if array.dtype.kind not in "fiu" or array.size > MAX_ELEMENTS:
        raise ValueError(f"{what} is not an array of weights: {array.dtype} {array.shape}.")
    array = array.astype(np.float64)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{what} holds values that are not finite.")
    return array


def check_activations(steps):
    """Raises unless a ReLU follows every layer but the last, as in the networks we know.

    Args:
        steps: String of the letters c, d, n and r(elu), in the order of the network.
    """
    if not re.fullmatch(r"(cn?r)*c", steps):
        raise ValueError(
            "The network is not a chain of convolutions with a ReLU between them; its steps, "
            f"c(onv) n(orm) r(elu), are {steps or 'none'}."
        )
