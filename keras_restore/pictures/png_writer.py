"""PNG files, written row by row."""

import struct
import zlib

import numpy as np

from keras_restore.pictures.png_reader import GRAY, GRAY_ALPHA, RGB, RGBA, SIGNATURE

COLORS = {1: GRAY, 2: GRAY_ALPHA, 3: RGB, 4: RGBA}
ROWS_AT_ONCE = 32
COMPRESSION_LEVEL = 6
INCHES_PER_METRE = 100 / 2.54


class PngWriter:
    """Writes a PNG file of 8 or 16 bits from top to bottom, in bounded memory.

    Pillow wants the whole picture and knows no colour of 16 bits. Each row gets the filter
    with the least sum of absolute differences (PNG specification, section 12.8).

    Args:
        path: Path of the file.
        height, width: In pixels.
        samples: Values per pixel, 1 to 4, alpha behind the colours.
        dtype: uint8 or uint16.
        metadata: See `keras_restore.pictures.metadata.Metadata`.

    Example:

    >>> with PngWriter("large.png", 100, 200, 3, np.uint16) as file:
    ...     file.write(rows)
    """

    def __init__(self, path, height, width, samples, dtype, metadata=None):
        self.dtype = np.dtype(dtype)
        self._step = samples * self.dtype.itemsize
        self._previous = np.zeros(width * self._step, np.uint8)
        self._deflate = zlib.compressobj(COMPRESSION_LEVEL)
        self._file = open(path, "wb")
        self._file.write(SIGNATURE)
        depth = 8 * self.dtype.itemsize
        header = struct.pack(">IIBBBBB", width, height, depth, COLORS[samples], 0, 0, 0)
        self._chunk(b"IHDR", header)
        if metadata is not None and metadata.icc_profile:
            profile = zlib.compress(metadata.icc_profile)
            self._chunk(b"iCCP", b"ICC Profile\0\0" + profile)
        if metadata is not None and metadata.dpi:
            x, y = (round(dpi * INCHES_PER_METRE) for dpi in metadata.dpi)
            self._chunk(b"pHYs", struct.pack(">IIB", x, y, 1))
        if metadata is not None and metadata.exif:
            self._chunk(b"eXIf", metadata.exif_bytes().removeprefix(b"Exif\0\0"))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        self._file.close()

    def write(self, rows):
        """Appends `(count, width, samples)` of the file's type."""
        data = np.ascontiguousarray(rows, self.dtype.newbyteorder(">"))
        data = data.reshape(len(rows), -1).view(np.uint8)
        for first in range(0, len(data), ROWS_AT_ONCE):
            part = data[first : first + ROWS_AT_ONCE]
            self._emit(self._deflate.compress(apply_filters(part, self._previous, self._step)))
            self._previous = part[-1].copy()

    def close(self):
        """Ends the file."""
        if not self._file.closed:
            self._emit(self._deflate.flush())
            self._chunk(b"IEND", b"")
            self._file.close()

    def _emit(self, data):
        if data:
            self._chunk(b"IDAT", data)

    def _chunk(self, kind, data):
        self._file.write(struct.pack(">I", len(data)) + kind + data)
        self._file.write(struct.pack(">I", zlib.crc32(kind + data)))


def apply_filters(data, previous, step):
    """Filters PNG rows, each with the filter that suits it.

    Args:
        data: `(rows, length)` uint8.
        previous: `(length,)` uint8, the row above.
        step: Bytes a pixel.

    Returns:
        Bytes, each row behind its filter byte.
    """
    rows, length = data.shape
    here = data.astype(np.int16)
    up = np.concatenate([previous[None], data[:-1]]).astype(np.int16)
    left, corner = (np.pad(values, ((0, 0), (step, 0)))[:, :length] for values in (here, up))
    to_left, to_up = np.abs(up - corner), np.abs(left - corner)
    to_corner = np.abs(left + up - 2 * corner)
    paeth = np.where(
        (to_left <= to_up) & (to_left <= to_corner), left, np.where(to_up <= to_corner, up, corner)
    )
    predictions = (np.int16(0), left, up, (left + up) >> 1, paeth)
    filtered = np.stack([(here - prediction).astype(np.uint8) for prediction in predictions])
    costs = np.abs(filtered.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64)
    best = costs.argmin(axis=0)
    result = np.empty((rows, 1 + length), np.uint8)
    result[:, 0] = best
    result[:, 1:] = filtered[best, np.arange(rows)]
    return result.tobytes()
