"""The operations that a lowered graph is made of.

Each is a node: its parameters are NumPy arrays or Python values, `inputs` are nodes, and
`emit` writes it with TensorFlow operations that have float and integer LiteRT kernels.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from keras_restore.ops.shape import known_shape


@dataclasses.dataclass(eq=False, kw_only=True)
class Node:
    """A value of the graph, computed from `inputs`."""

    inputs: list = dataclasses.field(default_factory=list)
    name: str = ""

    def emit(self, *tensors):
        raise NotImplementedError


@dataclasses.dataclass(eq=False, kw_only=True)
class Input(Node):
    """An image, or a noise level, that the caller gives."""

    channels: int


@dataclasses.dataclass(eq=False, kw_only=True)
class Convolution(Node):
    """A correlation with `kernel` (height, width, in, out), plus `bias` (out,)."""

    kernel: np.ndarray
    bias: np.ndarray
    strides: tuple = (1, 1)
    dilations: tuple = (1, 1)
    padding: str = "SAME"

    def pads_nothing(self):
        return self.padding == "VALID" or self.kernel.shape[:2] == (1, 1)

    def scale_inputs(self, scale):
        self.kernel = self.kernel * scale[:, None]

    def scale_outputs(self, scale):
        self.kernel, self.bias = self.kernel * scale, self.bias * scale

    def response_to(self, shift):
        """The output for an input that is `shift` (in,) everywhere."""
        return np.einsum("hwio,i->o", self.kernel, shift)

    def permute_outputs(self, order):
        self.kernel, self.bias = self.kernel[..., order], self.bias[order]

    def emit(self, x):
        y = tf.nn.conv2d(
            x, _constant(self.kernel), self.strides, self.padding, dilations=self.dilations
        )
        return y + _constant(self.bias)


@dataclasses.dataclass(eq=False, kw_only=True)
class Depthwise(Node):
    """A correlation of each channel with its own filter `kernel` (height, width, in, 1)."""

    kernel: np.ndarray
    bias: np.ndarray
    strides: tuple = (1, 1)
    dilations: tuple = (1, 1)
    padding: str = "SAME"

    def pads_nothing(self):
        return self.padding == "VALID" or self.kernel.shape[:2] == (1, 1)

    def scale_inputs(self, scale):
        self.kernel = self.kernel * scale[:, None]

    def scale_outputs(self, scale):
        self.kernel, self.bias = self.kernel * scale[:, None], self.bias * scale

    def response_to(self, shift):
        return np.einsum("hwio,i->i", self.kernel, shift)

    def permute_outputs(self, order):
        raise TypeError("The outputs of a depthwise filter are ordered as its inputs.")

    def emit(self, x):
        # The native operation: tf.nn.depthwise_conv2d writes dilations as three operations.
        # TensorFlow has no dilated CPU kernel, so these graphs run in LiteRT only.
        y = tf.raw_ops.DepthwiseConv2dNative(
            input=x,
            filter=_constant(self.kernel),
            strides=[1, *self.strides, 1],
            padding=self.padding,
            dilations=[1, *self.dilations, 1],
        )
        return y + _constant(self.bias) if self.bias.any() else y


@dataclasses.dataclass(eq=False, kw_only=True)
class Affine(Node):
    """`scale * x + shift`, one number of each a channel."""

    scale: np.ndarray
    shift: np.ndarray

    def emit(self, x):
        if (self.scale != 1).any():
            x = x * _constant(self.scale)
        return x + _constant(self.shift) if self.shift.any() else x


@dataclasses.dataclass(eq=False, kw_only=True)
class Gaussian(Node):
    """`exp(-x^2)`, with multiplications: square and negate have no integer kernel."""

    def emit(self, x):
        return tf.exp(x * x * -1.0)


@dataclasses.dataclass(eq=False, kw_only=True)
class LimitedGaussian(Node):
    """`exp(-x^2)` that stops falling where |x| is `LIMIT`.

    LiteRT's 16-bit exponential interpolates in a table of 512 steps over the range of its input:
    without the limit, an x of 100 somewhere leaves the gate one step from open to closed.
    """

    # The gate is then below 4e-5, and a step of the table wrong by no more than that.
    LIMIT = 3.2

    def emit(self, x):
        x = tf.maximum(tf.minimum(x, self.LIMIT), -self.LIMIT)
        return tf.exp(x * x * -1.0)


@dataclasses.dataclass(eq=False, kw_only=True)
class Relu(Node):
    def emit(self, x):
        return tf.nn.relu(x)


@dataclasses.dataclass(eq=False, kw_only=True)
class PRelu(Node):
    """`max(x, 0) + alpha * min(x, 0)`, in the form that the converter knows as PRELU."""

    alpha: np.ndarray

    def emit(self, x):
        return tf.nn.relu(x) + _constant(-self.alpha) * tf.nn.relu(-x)


@dataclasses.dataclass(eq=False, kw_only=True)
class LeakyRelu(Node):
    """A PReLU of one slope, which has fast, and 8-bit and 16-bit, kernels."""

    alpha: float

    def emit(self, x):
        return tf.nn.leaky_relu(x, self.alpha)


@dataclasses.dataclass(eq=False, kw_only=True)
class Sigmoid(Node):
    def emit(self, x):
        return tf.sigmoid(x)


@dataclasses.dataclass(eq=False, kw_only=True)
class Add(Node):
    def emit(self, x, y):
        return x + y


@dataclasses.dataclass(eq=False, kw_only=True)
class Subtract(Node):
    def emit(self, x, y):
        return x - y


@dataclasses.dataclass(eq=False, kw_only=True)
class Multiply(Node):
    def emit(self, x, y):
        return x * y


@dataclasses.dataclass(eq=False, kw_only=True)
class Concatenate(Node):
    """The channels of all inputs, in their order."""

    def emit(self, *tensors):
        return tf.concat(tensors, axis=-1)


@dataclasses.dataclass(eq=False, kw_only=True)
class NoiseLevelMap(Node):
    """An image, and sigma / 255 as one more channel."""

    def emit(self, image, sigma):
        level = tf.zeros_like(image[..., :1]) + sigma * (1 / 255)
        return tf.concat([image, level], axis=-1)


@dataclasses.dataclass(eq=False, kw_only=True)
class DepthToSpace(Node):
    """Channel `(i * block + j) * channels + c` becomes pixel (i, j) of its block."""

    block: int

    def emit(self, x):
        return tf.nn.depth_to_space(x, self.block)


@dataclasses.dataclass(eq=False, kw_only=True)
class TransposedDepthToSpace(Node):
    """`DepthToSpace` of one image, of operations that have a 16-bit kernel."""

    block: int

    def emit(self, x):
        channels = x.shape[3] // self.block**2
        _, height, width, _ = known_shape(x)
        x = tf.reshape(x, [height, width, self.block, self.block * channels])
        x = tf.transpose(x, [0, 2, 1, 3])
        return tf.reshape(x, [1, height * self.block, width * self.block, channels])


@dataclasses.dataclass(eq=False, kw_only=True)
class TakeChannels(Node):
    """Output channel `i` is input channel `order[i]`."""

    order: np.ndarray

    def emit(self, x):
        return tf.gather(x, tf.constant(self.order, tf.int32), axis=-1)


@dataclasses.dataclass(eq=False, kw_only=True)
class ZeroPad(Node):
    """`amounts` zeros: ((top, bottom), (left, right))."""

    amounts: tuple

    def emit(self, x):
        return tf.pad(x, [(0, 0), *self.amounts, (0, 0)])


@dataclasses.dataclass(eq=False, kw_only=True)
class Crop(Node):
    """`amounts` pixels less: ((top, bottom), (left, right))."""

    amounts: tuple

    def emit(self, x):
        (top, bottom), (left, right) = self.amounts
        return x[:, top : -bottom or None, left : -right or None, :]


@dataclasses.dataclass(eq=False, kw_only=True)
class Resize(Node):
    """`factors` times as high and wide; `method` is "nearest" or "bilinear"."""

    factors: tuple
    method: str

    def emit(self, x):
        _, *sizes, _ = known_shape(x)
        sizes = [size * factor for size, factor in zip(sizes, self.factors, strict=True)]
        return tf.image.resize(x, sizes, self.method)


@dataclasses.dataclass(eq=False, kw_only=True)
class EdgePad(Node):
    """The last row and column repeated until the size is a multiple of `multiple`."""

    multiple: int

    def emit(self, x):
        for axis in (1, 2):
            size = x.shape[axis]
            if size is None:
                size = tf.shape(x)[axis]
                padded = (size + self.multiple - 1) // self.multiple * self.multiple
                x = tf.gather(x, tf.minimum(tf.range(padded), size - 1), axis=axis)
            elif size % self.multiple:
                last = x[:, -1:] if axis == 1 else x[:, :, -1:]
                x = tf.concat([x] + [last] * (-size % self.multiple), axis=axis)
        return x


@dataclasses.dataclass(eq=False, kw_only=True)
class CropLike(Node):
    """The first input, cropped at the bottom and right to the size of the second."""

    def emit(self, x, reference):
        size = list(reference.shape[1:3])
        if None in size:
            size = tf.shape(reference)[1], tf.shape(reference)[2]
        elif x.shape[1:3] == size:
            return x
        return x[:, : size[0], : size[1], :]


@dataclasses.dataclass(eq=False, kw_only=True)
class KerasOperation(Node):
    """An operation of Keras itself, written as Keras writes it.

    `arguments` and `keyword_arguments` are those of the call, with nodes for tensors.
    """

    operation: keras.Operation
    arguments: tuple
    keyword_arguments: dict

    def emit(self, *tensors):
        tensors = iter(tensors)
        arguments, keyword_arguments = keras.tree.map_structure(
            lambda value: next(tensors) if isinstance(value, Node) else value,
            (self.arguments, self.keyword_arguments),
        )
        try:
            return self.operation(*arguments, **keyword_arguments)
        except Exception as error:
            kind = type(self.operation).__name__
            raise ValueError(f"Layer {self.name!r} ({kind}) cannot be lowered: {error}") from error


def _constant(array):
    return tf.constant(np.asarray(array, np.float32))
