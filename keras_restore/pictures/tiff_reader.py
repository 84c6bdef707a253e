"""TIFF files row by row, at 8 and 16 bits."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, TiffImagePlugin

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES, PLANAR = 273, 277, 278, 279, 284
PREDICTOR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 317, 322, 323, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT = 338, 339
NUMBERS = (
    *(WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP),
    *(STRIP_BYTES, PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES),
    *(EXTRA_SAMPLES, SAMPLE_FORMAT),
)
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
NONE = 1
DEFLATE = (8, 32946)
# Decoded by libtiff through Pillow: LZW, PackBits, LZMA, Zstandard.
OTHERS = (5, 32773, 34925, 50000)
ALPHA = (1, 2)
PREMULTIPLIED = 1
# Gray of 16 bits with alpha, which Pillow does not know: it opens the file, and cannot decode it.
for _order in (b"II", b"MM"):
    for _kind in ALPHA:
        _format = (_order, BLACK_IS_ZERO, (1,), 1, (16, 16), (_kind,))
        TiffImagePlugin.OPEN_INFO.setdefault(_format, ("LA", "read by keras_restore"))


class TiffReader:
    """Reads the samples of a TIFF file from top to bottom, in bounded memory.

    Pillow holds the whole picture and cuts colour of 16 bits to 8. This reader takes gray and
    RGB of 8 and 16 bits, with and without alpha, in strips or tiles, planes together or apart,
    uncompressed or with a lossless compression; for others `supports` is False.

    Args:
        path: Path of the file.
        page: Number from 1 of the page.

    Attributes:
        height, width: In pixels.
        samples: Values per pixel, 1 to 4, alpha behind the colours.
        dtype: uint8 or uint16.
        supports: Whether this reader can read the file.
        premultiplied: Whether the colours are multiplied with alpha.

    Raises:
        ValueError: If the file is not a TIFF file, or is damaged.

    Example:

    >>> with TiffReader("scan.tif") as file:
    ...     rows = file.read(100)
    """

    def __init__(self, path, page=1):
        with Image.open(path) as image:
            if image.format != "TIFF":
                raise ValueError("not a TIFF file")
            image.seek(page - 1)
            tags = {tag: image.tag_v2[tag] for tag in image.tag_v2}
            order = image.tag_v2.prefix
        for tag in NUMBERS:
            if np.atleast_1d(tags.get(tag, 0)).dtype.kind not in "iu":
                raise ValueError(f"the TIFF file is damaged: tag {tag} is no whole number")
        self._file = open(path, "rb")

        def first(tag, default):
            value = tags.get(tag, default)
            return value[0] if isinstance(value, tuple) else value

        self.width, self.height = first(WIDTH, 0), first(HEIGHT, 0)
        self.samples = first(SAMPLES, 1)
        bits = first(BITS, 1)
        self._compression = first(COMPRESSION, NONE)
        self._invert = first(PHOTOMETRIC, None) == WHITE_IS_ZERO
        self._apart = first(PLANAR, 1) == 2
        self._predictor = first(PREDICTOR, 1)
        self.dtype = np.dtype(np.uint16 if bits == 16 else np.uint8)
        self._stored = self.dtype.newbyteorder("<" if order == b"II" else ">")
        colors = 3 if first(PHOTOMETRIC, None) == RGB else 1
        extra = first(EXTRA_SAMPLES, 0)
        self.premultiplied = extra == PREMULTIPLIED
        self.supports = (
            set(np.atleast_1d(tags.get(BITS, 1))) in ({8}, {16})
            and first(PHOTOMETRIC, None) in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB)
            and self._compression in (NONE, *DEFLATE, *OTHERS)
            and self._predictor in (1, 2)
            and first(SAMPLE_FORMAT, 1) == 1
            and (self.samples == colors or (self.samples == colors + 1 and extra in ALPHA))
            and (STRIP_OFFSETS in tags or TILE_OFFSETS in tags)
        )
        if TILE_OFFSETS in tags:
            self._block = (first(TILE_HEIGHT, 0), first(TILE_WIDTH, 0))
            offsets, sizes = tags[TILE_OFFSETS], tags.get(TILE_BYTES, ())
        else:
            rows = min(first(ROWS_PER_STRIP, self.height), self.height)
            self._block = (rows, self.width)
            offsets, sizes = tags.get(STRIP_OFFSETS, ()), tags.get(STRIP_BYTES, ())
        self._tiled = TILE_OFFSETS in tags
        self._offsets, self._sizes = np.atleast_1d(offsets), np.atleast_1d(sizes)
        if self.supports and (0 in self._block or len(self._sizes) != len(self._offsets)):
            self.supports = False
        self._next = 0
        self._rows = np.empty((0, self.width, self.samples), self.dtype)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._file.close()

    def read(self, count):
        """Returns the next `count` rows, `(count, width, samples)`."""
        parts, have = [self._rows], len(self._rows)
        while have < count:
            parts.append(self._read_blocks())
            have += len(parts[-1])
        rows = np.concatenate(parts)
        self._rows = rows[count:].copy()
        return rows[:count]

    def _read_blocks(self):
        """The next row of strips or tiles."""
        height, width = self._block
        top = self._next * height
        rows = min(height, self.height - top)
        if rows <= 0:
            raise ValueError("the TIFF file ends early")
        across = -(-self.width // width)
        down = -(-self.height // height)
        planes = self.samples if self._apart else 1
        result = np.empty((rows, self.width, self.samples), self.dtype)
        for plane in range(planes):
            for column in range(across):
                number = (plane * down + self._next) * across + column
                stored_rows = height if self._tiled else rows
                block = self._decode(number, stored_rows, width, self.samples // planes)
                left = column * width
                channels = slice(plane, plane + 1) if self._apart else slice(None)
                target = result[:, left : left + width, channels]
                target[...] = block[:rows, : target.shape[1]]
        self._next += 1
        if self._invert:
            result[..., 0] = np.iinfo(self.dtype).max - result[..., 0]
        return result

    def _decode(self, number, rows, width, samples):
        length = width * samples * self.dtype.itemsize
        if number >= len(self._offsets):
            raise ValueError("the TIFF file is damaged: a strip or tile is missing")
        self._file.seek(int(self._offsets[number]))
        data = self._file.read(int(self._sizes[number]))
        if self._compression in DEFLATE:
            try:
                data = zlib.decompress(data)
            except zlib.error as error:
                raise ValueError(f"the TIFF file is damaged: {error}") from error
        elif self._compression in OTHERS:
            data = decompress(data, self._compression, rows, length)
        if len(data) < rows * length:
            raise ValueError("the TIFF file ends early")
        block = np.frombuffer(data, self._stored, rows * width * samples)
        block = block.reshape(rows, width, samples).astype(self.dtype)
        if self._predictor == 2:
            block = np.cumsum(block, axis=1, dtype=self.dtype)
        return block


def decompress(data, compression, rows, length):
    """Decompresses a strip with libtiff, as if it were bytes of gray.

    Args:
        data: Bytes of the strip.
        compression: TIFF's number of the method.
        rows: Of the strip.
        length: Bytes a row, decompressed.

    Returns:
        Bytes.

    Raises:
        ValueError: If libtiff cannot decompress it.
    """
    values = {WIDTH: length, HEIGHT: rows, BITS: 8, COMPRESSION: compression, SAMPLES: 1}
    values |= {PHOTOMETRIC: BLACK_IS_ZERO, STRIP_OFFSETS: 8, STRIP_BYTES: len(data)}
    values[ROWS_PER_STRIP] = rows
    padded = data + b"\0" * (len(data) % 2)
    position = 8 + len(padded)
    entries = _pack_directory(values)
    content = struct.pack("<2sHI", b"II", 42, position) + padded + entries
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.tobytes()
    except Exception as error:
        raise ValueError(f"the TIFF file is damaged: {error}") from error


def _pack_directory(values):
    """A directory of single LONG values."""
    entries = struct.pack("<H", len(values))
    for tag, value in sorted(values.items()):
        entries += struct.pack("<HHII", tag, 4, 1, value)
    return entries + struct.pack("<I", 0)
