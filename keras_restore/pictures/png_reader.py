"""PNG files row by row, at 8 and 16 bits."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, GRAY_ALPHA, RGBA = 0, 2, 4, 6
SAMPLES = {GRAY: 1, RGB: 3, GRAY_ALPHA: 2, RGBA: 4}
# Adam7: first row, first column, row step, column step (PNG specification, section 8.2).
PASSES = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)
READ_SIZE = 1 << 16
ROWS_AT_ONCE = 256


class PngReader:
    """Reads the samples of a PNG file from top to bottom, in bounded memory.

    Pillow holds the whole picture and cuts colour of 16 bits to 8. This reader takes gray and
    RGB, with and without alpha, of 8 and 16 bits; for others `supports` is False. A colour of 16
    bits that stands for transparency becomes alpha. An interlaced file has to be held as a whole.

    Args:
        path: Path of the file.

    Attributes:
        height, width: In pixels.
        samples: Values per pixel, 1 to 4, alpha behind the colours.
        dtype: uint8 or uint16.
        supports: Whether this reader can read the file.

    Raises:
        ValueError: If the file is not a PNG file, or ends early.

    Example:

    >>> with PngReader("scan.png") as file:
    ...     rows = file.read(100)
    """

    def __init__(self, path):
        self._file = open(path, "rb")
        if self._file.read(8) != SIGNATURE:
            self.close()
            raise ValueError("not a PNG file")
        transparent = None
        self._left = 0
        for kind, length in self._chunks():
            if kind == b"IHDR":
                header = struct.unpack(">IIBBBBB", self._file.read(13))
                self._file.seek(length - 13, 1)
            elif kind == b"IDAT":
                self._left = length
                break
            elif kind == b"tRNS":
                transparent = self._file.read(length)
            else:
                self._file.seek(length, 1)
            self._file.seek(4, 1)
        self.width, self.height, depth, color, _, _, interlace = header
        self._stored = self.samples = SAMPLES.get(color, 0)
        self.dtype = np.dtype(np.uint16 if depth == 16 else np.uint8)
        self.supports = depth in (8, 16) and color in SAMPLES
        self._transparent = None
        if transparent is not None:
            self.supports &= depth == 16 and len(transparent) == 2 * self._stored
            if self.supports:
                self._transparent = np.frombuffer(transparent, ">u2")
                self.samples += 1
        self._interlaced = bool(interlace)
        self._step = self._stored * self.dtype.itemsize
        self._inflate = zlib.decompressobj()
        self._pending = bytearray()
        self._previous = np.zeros(self.width * self._step, np.uint8)
        self._whole = None
        self._next = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._file.close()

    def read(self, count):
        """Returns the next `count` rows, `(count, width, samples)`."""
        if self._interlaced:
            if self._whole is None:
                self._whole = self._read_passes()
            rows = self._whole[self._next : self._next + count]
        else:
            parts = []
            for first in range(0, count, ROWS_AT_ONCE):
                rows = min(ROWS_AT_ONCE, count - first)
                part = self._read_rows(rows, self.width, self._previous)
                self._previous = part[-1]
                parts.append(self._to_samples(part, self.width))
            rows = np.concatenate(parts)
        self._next += count
        return rows

    def _read_passes(self):
        whole = np.empty((self.height, self.width, self.samples), self.dtype)
        for row, column, row_step, column_step in PASSES:
            rows = -(-(self.height - row) // row_step)
            columns = -(-(self.width - column) // column_step)
            if rows > 0 and columns > 0:
                previous = np.zeros(columns * self._step, np.uint8)
                part = self._read_rows(rows, columns, previous)
                whole[row::row_step, column::column_step] = self._to_samples(part, columns)
        return whole

    def _read_rows(self, rows, columns, previous):
        """The bytes of the next rows, their filters undone."""
        length = 1 + columns * self._step
        data = np.frombuffer(self._take(rows * length), np.uint8).reshape(rows, length)
        return undo_filters(data[:, 1:], data[:, 0], previous, self._step)

    def _to_samples(self, data, columns):
        values = np.ascontiguousarray(data).view(self.dtype.newbyteorder(">"))
        values = values.astype(self.dtype).reshape(len(data), columns, self._stored)
        if self._transparent is None:
            return values
        visible = np.any(values != self._transparent, axis=2, keepdims=True)
        return np.concatenate([values, visible * self.dtype.type(65535)], axis=2)

    def _chunks(self):
        while True:
            head = self._file.read(8)
            if len(head) < 8:
                raise ValueError("the PNG file ends early")
            length, kind = struct.unpack(">I4s", head)
            yield kind, length

    def _take(self, count):
        while len(self._pending) < count:
            if self._left == 0:
                self._file.seek(4, 1)
                kind, self._left = next(self._chunks())
                if kind != b"IDAT":
                    raise ValueError("the PNG file ends early")
                continue
            data = self._file.read(min(self._left, READ_SIZE))
            if not data:
                raise ValueError("the PNG file ends early")
            self._left -= len(data)
            try:
                self._pending += self._inflate.decompress(data)
            except zlib.error as error:
                raise ValueError(f"the PNG file is damaged: {error}") from error
        taken = bytes(self._pending[:count])
        del self._pending[:count]
        return taken


def undo_filters(data, filters, previous, step):
    """Undoes the filters of PNG rows (PNG specification, section 9).

    "Average" and "Paeth" make each byte depend on its left, upper and upper left neighbour:
    all bytes of one anti-diagonal are done at once.

    Args:
        data: `(rows, length)` uint8, without the filter bytes.
        filters: `(rows,)` uint8, 0 to 4.
        previous: `(length,)` uint8, the row above.
        step: Bytes a pixel.

    Returns:
        `(rows, length)` uint8.

    Raises:
        ValueError: If there is no such filter.
    """
    if filters.max() > 4:
        raise ValueError("the PNG file is damaged: unknown filter")
    if filters.max() <= 2:
        return _undo_simple_filters(data, filters, previous, step)
    rows, columns = len(data), data.shape[1] // step
    # Entry [d, r + 1] is the pixel of row r and column d - r; row 0 is the row above, which
    # is as if unfiltered. What lies beyond the right end is never looked at.
    skewed = np.zeros((rows + columns + 2, rows + 2, step), np.int16)
    skewed[2 : columns + 2, 1] = previous.reshape(columns, step)
    for row in range(rows):
        skewed[row + 3 : row + 3 + columns, row + 2] = data[row].reshape(columns, step)
    kinds = np.concatenate([[0], filters])[:, None]
    is_sub, is_up, is_average, is_paeth = (
        (kinds == kind).astype(np.int16) for kind in (1, 2, 3, 4)
    )
    for d in range(2, rows + columns + 2):
        left, up, corner = skewed[d - 1, 1:], skewed[d - 1, :-1], skewed[d - 2, :-1]
        to_left, to_up = np.abs(up - corner), np.abs(left - corner)
        to_corner = np.abs(left + up - 2 * corner)
        paeth = np.where(
            (to_left <= to_up) & (to_left <= to_corner),
            left,
            np.where(to_up <= to_corner, up, corner),
        )
        prediction = left * is_sub + up * is_up + ((left + up) >> 1) * is_average
        skewed[d, 1:] = (skewed[d, 1:] + prediction + paeth * is_paeth) & 255
    result = np.empty_like(data)
    for row in range(rows):
        result[row] = skewed[row + 3 : row + 3 + columns, row + 2].reshape(-1)
    return result


def _undo_simple_filters(data, filters, previous, step):
    result = np.empty_like(data)
    for row, kind in enumerate(filters):
        if kind == 0:
            result[row] = data[row]
        elif kind == 1:
            pixels = data[row].reshape(-1, step)
            result[row] = np.cumsum(pixels, axis=0, dtype=np.uint8).reshape(-1)
        else:
            result[row] = data[row] + previous
        previous = result[row]
    return result
