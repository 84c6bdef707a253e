"""Scale, size multiple and receptive field of a model, derived from its graph."""

import dataclasses
import fractions
import functools
import math

from keras_restore.inference.predictor import restored_output

NOWHERE = (math.inf, -math.inf)
EVERYWHERE = (-math.inf, math.inf)
# Operations that Keras records for `x + y`, `keras.ops.relu(x)` and the like.
ELEMENTWISE_OPERATIONS = frozenset(
    "Abs Absolute Add Average Cast Clip Divide Elu Exp Gelu HardSigmoid HardSwish HardTanh "
    "LeakyRelu Log Maximum Minimum Multiply Negative Power Relu Relu6 Round Selu Sigmoid Silu "
    "Softplus Softsign Sqrt Square Subtract Tanh TrueDivide".split()
)


@dataclasses.dataclass(frozen=True)
class ReceptiveField:
    """What an exact tiling has to know of a network.

    Attributes:
        scale: Output pixels an input pixel, along height and width.
        multiple: The network does the same to a picture shifted by `multiple` input pixels
            (away from the borders), so tiles start at multiples of it.
        halo: The number of input pixels, on each side of a pixel, that its restored values
            depend on; None if they depend on the whole picture.
        sides: The exact `(top, bottom, left, right)`, of which `halo` is the largest; None
            if the values depend on the whole picture.
    """

    scale: int
    multiple: int
    halo: int | None
    sides: tuple | None


def receptive_field(model):
    """Derives scale, size multiple and receptive field from the graph of a model.

    Every tensor of the graph is described by the interval of input rows (and columns) that
    each of its rows sees. A strided or transposed layer makes this interval depend on the
    row's position within a period, so intervals are computed a row, over one whole period
    of the output, and the result is exact (up to weights that are zero).

    Args:
        model: A functional or sequential `keras.Model` of `keras_restore.layers`, Keras
            convolutions (strided, dilated, depthwise, separable, transposed), poolings,
            upsamplings, paddings, croppings, activations, normalisations and element-wise
            operations. Nested models are entered. Of several outputs the one named
            "restored" is taken; beside the image it may take a "sigma".

    Returns:
        A `ReceptiveField`. A model with a global operation (a global pooling, a group
        normalisation) has the halo None.

    Raises:
        ValueError: If the model holds a layer of another kind, or does not return an image
            of `scale` times the size of its input.

    Example:

    >>> receptive_field(keras_restore.models.dncnn(depth=17)).halo
    17
    """
    import keras

    from keras_restore.models.noise_level import takes_sigma

    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        raise ValueError(f"`model` must be a functional keras.Model. Received: model={model!r}")
    if len(model.inputs[0].shape) != 4 or not (len(model.inputs) == 1 or takes_sigma(model)):
        raise ValueError(
            "`model` must have one input of shape (batch, height, width, channels), and may have "
            f"another named sigma. Received: {[tuple(t.shape) for t in model.inputs]}"
        )
    multiples = []
    start = _Axis(fractions.Fraction(1), 1, lambda row: (row, row), multiples)
    planes = [_Plane(start, start)] * len(model.inputs)
    output = restored_output(_run(model, planes), model.output_names)
    if output.problem:
        raise ValueError(output.problem)
    axes = (output.rows, output.columns)
    scales = {axis.scale for axis in axes}
    if len(scales) != 1 or None in scales or min(scales).denominator != 1:
        raise ValueError(
            f"`model` must return an image of an integer multiple of its input's size. "
            f"Received: model={model.name!r}"
        )
    scale = int(scales.pop())
    multiple = math.lcm(*multiples)
    sides = []
    for axis in axes:
        before = after = 0
        for row in range(multiple * scale):
            low, high = axis.sees(row)
            before, after = max(before, row // scale - low), max(after, high - row // scale)
        sides += [before, after]
    if math.inf in sides:
        return ReceptiveField(scale, multiple, None, None)
    return ReceptiveField(scale, multiple, max(sides), tuple(sides))


class _Axis:
    """Rows (or columns) of a tensor: `scale` rows an input row (None for a global vector).

    The number of rows is known to be a multiple of `aligned`. `sees(row)` is the interval of
    input rows that the row depends on. `multiples` collects the periods of the whole graph.
    """

    def __init__(self, scale, aligned, sees, multiples):
        self.scale = scale
        self.aligned = aligned
        self.sees = functools.lru_cache(maxsize=None)(sees)
        self.multiples = multiples
        if scale is not None:
            multiples.append(scale.denominator)

    def derive(self, sees, scale=1, aligned=None):
        """An axis with `scale` times as many rows."""
        if self.scale is None:
            return self
        aligned = self.aligned * scale if aligned is None else aligned
        aligned = max(1, int(aligned)) if int(aligned) == aligned else 1
        return _Axis(self.scale * scale, aligned, sees, self.multiples)

    def window(self, first, last):
        """The interval that the rows `first` to `last` see together."""
        return _hull(self.sees(row) for row in range(first, last + 1))

    def convolve(self, kernel_size, stride, dilation, padding, name):
        reach = (kernel_size - 1) * dilation
        if padding == "valid" and (stride == 1 or stride >= kernel_size):
            starts = (0,)
        elif padding == "same":
            # How much "same" pads depends on the size unless that is a multiple of the stride.
            rests = (0,) if self.aligned % stride == 0 else range(stride)
            totals = [max(reach + 1 - (rest or stride), 0) for rest in rests]
            starts = {total // 2 for total in totals}
        else:
            raise ValueError(
                f"The receptive field of layer {name!r} cannot be derived: a strided "
                f"convolution needs padding='same'. Received: padding={padding!r}"
            )

        def sees(row):
            return _hull(
                self.sees(row * stride - start + tap)
                for start in starts
                for tap in range(0, reach + 1, dilation)
            )

        return self.derive(sees, fractions.Fraction(1, stride))

    def convolve_transposed(self, kernel_size, stride):
        start = max(kernel_size - stride, 0) // 2

        def sees(row):
            last = (row + start) // stride
            return self.window(-((kernel_size - 1 - start - row) // stride), last)

        return self.derive(sees, stride)

    def upsample(self, factor, reach):
        """Interpolates between `reach` rows on both sides; 0 repeats rows."""

        def sees(row):
            if reach == 0:
                return self.sees(row // factor)
            # The row's centre between two source rows, in half rows of the source.
            left = (2 * row + 1 - factor) // (2 * factor)
            return self.window(left - reach + 1, left + reach)

        return self.derive(sees, factor)

    def shift(self, count):
        return self.derive(lambda row: self.sees(row - count), aligned=1)

    def pad_to_multiple(self, multiple):
        self.multiples.append((multiple / self.scale).numerator)
        return self.derive(self.sees, aligned=math.lcm(self.aligned, multiple))

    def make_global(self):
        return _Axis(None, 1, lambda row: EVERYWHERE, self.multiples)


@dataclasses.dataclass(frozen=True)
class _Plane:
    """The two axes of a tensor's image plane, or why they are not known."""

    rows: _Axis | None
    columns: _Axis | None
    problem: str = ""

    def map(self, method, *arguments):
        """Calls a method of both axes; an argument is a pair, or the same for both."""
        pairs = [a if isinstance(a, (tuple, list)) else (a, a) for a in arguments]
        return _Plane(
            getattr(self.rows, method)(*(pair[0] for pair in pairs)),
            getattr(self.columns, method)(*(pair[1] for pair in pairs)),
        )


def _hull(intervals):
    low, high = NOWHERE
    for first, last in intervals:
        low, high = min(low, first), max(high, last)
    return low, high


def _merge(planes, name):
    return _Plane(
        _merge_axes([plane.rows for plane in planes], name),
        _merge_axes([plane.columns for plane in planes], name),
    )


def _merge_axes(axes, name):
    local = [axis for axis in axes if axis.scale is not None]
    if len({axis.scale for axis in local}) > 1:
        raise ValueError(f"Layer {name!r} combines tensors of different scales.")
    if not local:
        return axes[0]
    aligned = math.lcm(*(axis.aligned for axis in local))
    return local[0].derive(lambda row: _hull(axis.sees(row) for axis in axes), aligned=aligned)


def _run(model, planes):
    """Runs a model's graph on planes instead of tensors."""
    import keras

    graph = model._functional if isinstance(model, keras.Sequential) else model
    return graph._run_through_graph(
        planes, operation_fn=lambda operation: functools.partial(_evaluate, operation)
    )


def _evaluate(operation, *args, **kwargs):
    """What a layer or operation does to planes."""
    import keras

    from keras_restore.layers import (
        BilinearUpsampling,
        CropLike,
        Frozen,
        PadToMultiple,
        PixelShuffle,
        XUnit,
    )

    layers = keras.layers
    planes = [leaf for leaf in keras.tree.flatten((args, kwargs)) if isinstance(leaf, _Plane)]
    plane, name = planes[0], operation.name
    for other in planes:
        if other.problem:
            return other
    if isinstance(operation, Frozen):
        operation = operation.network
    if isinstance(operation, keras.Model):
        return _run(operation, planes)
    if getattr(operation, "data_format", None) == "channels_first":
        raise ValueError(f"Layer {name!r} must have its channels last.")

    if isinstance(operation, CropLike):
        return plane.map("derive", (plane.rows.sees, plane.columns.sees), 1, 1)
    if isinstance(operation, PadToMultiple):
        return plane.map("pad_to_multiple", operation.multiple)
    if isinstance(operation, XUnit):
        gate = plane.map("convolve", operation.kernel_size, 1, 1, "same", name)
        return _merge([plane, gate], name)
    if isinstance(operation, PixelShuffle):
        return plane.map("upsample", operation.scale, 0)
    if isinstance(operation, BilinearUpsampling):
        return plane.map("upsample", operation.factor, 1)

    if isinstance(operation, layers.Conv2DTranspose):
        if operation.padding != "same" or set(operation.dilation_rate) != {1}:
            raise ValueError(f"Layer {name!r} must have padding='same' and no dilation.")
        return plane.map("convolve_transposed", operation.kernel_size, operation.strides)
    if isinstance(operation, (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)):
        return plane.map(
            "convolve",
            operation.kernel_size,
            operation.strides,
            operation.dilation_rate,
            operation.padding,
            name,
        )
    if isinstance(operation, (layers.MaxPooling2D, layers.AveragePooling2D)):
        return plane.map(
            "convolve", operation.pool_size, operation.strides, 1, operation.padding, name
        )
    if isinstance(operation, layers.UpSampling2D):
        reach = {"nearest": 0, "bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}
        if operation.interpolation not in reach:
            raise ValueError(
                f"Layer {name!r} must have one of the interpolations {tuple(reach)}. "
                f"Received: interpolation={operation.interpolation!r}"
            )
        return plane.map("upsample", operation.size, reach[operation.interpolation])
    if isinstance(operation, layers.ZeroPadding2D):
        return plane.map("shift", [before for before, _ in operation.padding])
    if isinstance(operation, layers.Cropping2D):
        return plane.map("shift", [-before for before, _ in operation.cropping])

    if _is_global(operation):
        return plane.map("make_global")
    if _is_elementwise(operation):
        return _merge(planes, name)
    # Only an error if it is on the way to the restored image.
    kind = type(operation).__name__
    problem = f"The receptive field of layer {name!r} ({kind}) cannot be derived."
    return _Plane(None, None, problem)


def _is_global(operation):
    import keras

    layers = keras.layers
    if isinstance(operation, (layers.LayerNormalization, layers.Softmax)):
        return operation.axis not in (-1, [-1], 3, [3])
    return isinstance(
        operation,
        (layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D, layers.GroupNormalization),
    )


def _is_elementwise(operation):
    import keras

    from keras_restore.layers import NoiseLevelMap, ResidualOutput, SymmetricSkip

    layers = keras.layers
    if isinstance(operation, layers.PReLU):
        return set(operation.shared_axes or ()) >= {1, 2}
    if isinstance(operation, (layers.Dense, layers.BatchNormalization)):
        return getattr(operation, "axis", -1) in (-1, 3)
    if not isinstance(operation, layers.Layer):
        return type(operation).__name__ in ELEMENTWISE_OPERATIONS
    return isinstance(
        operation,
        (
            NoiseLevelMap,
            ResidualOutput,
            SymmetricSkip,
            layers.Activation,
            layers.Add,
            layers.Average,
            layers.Concatenate,
            layers.Dropout,
            layers.ELU,
            layers.GaussianDropout,
            layers.GaussianNoise,
            layers.Identity,
            layers.LayerNormalization,
            layers.LeakyReLU,
            layers.Maximum,
            layers.Minimum,
            layers.Multiply,
            layers.Normalization,
            layers.ReLU,
            layers.Softmax,
            layers.SpatialDropout2D,
            layers.Subtract,
        ),
    )
