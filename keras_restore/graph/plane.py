"""What each row and column of a tensor sees of the picture."""

import dataclasses
import fractions
import functools
import math

NOWHERE = (math.inf, -math.inf)
EVERYWHERE = (-math.inf, math.inf)


class Axis:
    """Rows (or columns) of a tensor: `scale` rows per input row (None for a global vector).

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

    @classmethod
    def of_input(cls, multiples):
        """The rows of the picture itself."""
        return cls(fractions.Fraction(1), 1, lambda row: (row, row), multiples)

    def derive(self, sees, scale=1, aligned=None):
        """An axis with `scale` times as many rows."""
        if self.scale is None:
            return self
        aligned = self.aligned * scale if aligned is None else aligned
        aligned = max(1, int(aligned)) if int(aligned) == aligned else 1
        return Axis(self.scale * scale, aligned, sees, self.multiples)

    def window(self, first, last):
        """The interval that the rows `first` to `last` see together."""
        return _hull(self.sees(row) for row in range(first, last + 1))

    def convolve(self, kernel_size, stride, dilation, padding):
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
                f"a strided convolution needs padding='same'. Received: padding={padding!r}"
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

    def crop(self):
        return self.derive(self.sees, aligned=1)

    def make_global(self):
        return Axis(None, 1, lambda row: EVERYWHERE, self.multiples)

    def merge(self, *others):
        axes = (self, *others)
        local = [axis for axis in axes if axis.scale is not None]
        if len({axis.scale for axis in local}) > 1:
            raise ValueError("it combines tensors of different scales.")
        if not local:
            return self
        aligned = math.lcm(*(axis.aligned for axis in local))
        return local[0].derive(lambda row: _hull(axis.sees(row) for axis in axes), aligned=aligned)


@dataclasses.dataclass(frozen=True)
class Plane:
    """The image plane of a tensor inside a network: what its rows and columns see.

    It stands for the tensor in a rule of `register_rule`. Every method returns the plane of a
    layer's output; sizes are one number, or a pair for rows and columns.

    Attributes:
        rows, columns: The two `Axis`; None where `problem` says why they are not known.
        problem: Why the plane is not known, or "".
    """

    rows: Axis | None
    columns: Axis | None
    problem: str = ""

    def convolve(self, kernel_size, strides=1, dilation=1, padding="same"):
        """A convolution or a pooling."""
        return self._map("convolve", kernel_size, strides, dilation, padding)

    def convolve_transposed(self, kernel_size, strides):
        """A transposed convolution of padding "same"."""
        return self._map("convolve_transposed", kernel_size, strides)

    def upsample(self, factor, reach=0):
        """An enlargement between `reach` rows on both sides; 0 repeats rows."""
        return self._map("upsample", factor, reach)

    def shift(self, count):
        """Rows put before the first; a negative count takes some away."""
        return self._map("shift", count)

    def pad_to_multiple(self, multiple):
        """Rows put behind the last, to a multiple."""
        return self._map("pad_to_multiple", multiple)

    def crop(self):
        """Rows taken away behind the last, to a size that is not known."""
        return self._map("crop")

    def make_global(self):
        """An operation of the whole plane, such as its mean."""
        return self._map("make_global")

    def merge(self, *others):
        """An element-wise operation of several tensors."""
        return Plane(
            self.rows.merge(*(plane.rows for plane in others)),
            self.columns.merge(*(plane.columns for plane in others)),
        )

    def _map(self, method, *arguments):
        pairs = [a if isinstance(a, (tuple, list)) else (a, a) for a in arguments]
        return Plane(
            getattr(self.rows, method)(*(pair[0] for pair in pairs)),
            getattr(self.columns, method)(*(pair[1] for pair in pairs)),
        )


def _hull(intervals):
    low, high = NOWHERE
    for first, last in intervals:
        low, high = min(low, first), max(high, last)
    return low, high
