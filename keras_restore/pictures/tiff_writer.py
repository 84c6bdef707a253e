"""TIFF files, written row by row."""

import struct
import zlib

import numpy as np
from PIL import TiffImagePlugin

SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 3, 4, 5, 7, 16
FORMATS = {SHORT: "H", LONG: "I", LONG8: "Q"}
STRIP_BYTES = 1 << 20
# Offsets of a classic TIFF file have 32 bits.
LARGEST_CLASSIC = 3_900_000_000
DEFLATE, HORIZONTAL_DIFFERENCES = 8, 2
EXIF_POINTER, GPS_POINTER = 34665, 34853
# Full of offsets into the file it was in.
MAKER_NOTE = 37500
# ASCII tags that describe the picture: description, make, model, software, date, artist,
# copyright.
TEXTS = (270, 271, 272, 305, 306, 315, 33432)
ASCII = 2


class TiffWriter:
    """Writes a TIFF file of 8 or 16 bits from top to bottom, in bounded memory.

    Pillow wants the whole picture and knows no colour of 16 bits. Strips are compressed
    without loss (Deflate with horizontal differences). Above 3.9 GB it is a BigTIFF file.

    Args:
        path: Path of the file.
        height, width: In pixels.
        samples: Values per pixel, 1 to 4, alpha behind the colours.
        dtype: uint8 or uint16.
        metadata: See `keras_restore.pictures.metadata.Metadata`.

    Example:

    >>> with TiffWriter("large.tif", 100, 200, 3, np.uint16) as file:
    ...     file.write(rows)
    """

    def __init__(self, path, height, width, samples, dtype, metadata=None):
        self.dtype = np.dtype(dtype)
        self.height, self.width, self.samples = height, width, samples
        self._metadata = metadata
        length = width * samples * self.dtype.itemsize
        self._rows_per_strip = max(1, STRIP_BYTES // length)
        self._big = length * height > LARGEST_CLASSIC
        self._pending = np.empty((0, width, samples), self.dtype)
        self._offsets, self._sizes = [], []
        self._file = open(path, "wb")
        self._file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0) if self._big else b"II*\0" * 2)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        self._file.close()

    def write(self, rows):
        """Appends `(count, width, samples)` of the file's type."""
        rows = np.concatenate([self._pending, rows])
        for first in range(0, len(rows) - self._rows_per_strip + 1, self._rows_per_strip):
            self._write_strip(rows[first : first + self._rows_per_strip])
        self._pending = rows[len(rows) - len(rows) % self._rows_per_strip :].copy()

    def close(self):
        """Ends the file."""
        if self._file.closed:
            return
        if len(self._pending):
            self._write_strip(self._pending)
        self._write_directory()
        self._file.close()

    def _write_strip(self, rows):
        differences = rows.copy()
        differences[:, 1:] -= rows[:, :-1]
        stored = differences.astype(self.dtype.newbyteorder("<"))
        self._offsets.append(self._file.tell())
        data = zlib.compress(stored.tobytes(), 6)
        self._sizes.append(len(data))
        self._file.write(data + b"\0" * (len(data) % 2))

    def _write_directory(self):
        offset_type = LONG8 if self._big else LONG
        colors = 3 if self.samples > 2 else 1
        tags = {
            256: (LONG, [self.width]),
            257: (LONG, [self.height]),
            258: (SHORT, [8 * self.dtype.itemsize] * self.samples),
            259: (SHORT, [DEFLATE]),
            262: (SHORT, [2 if colors == 3 else 1]),
            273: (offset_type, self._offsets),
            277: (SHORT, [self.samples]),
            278: (LONG, [self._rows_per_strip]),
            279: (offset_type, self._sizes),
            284: (SHORT, [1]),
            317: (SHORT, [HORIZONTAL_DIFFERENCES]),
        }
        if self.samples > colors:
            tags[338] = (SHORT, [2])
        tags |= self._metadata_tags()
        position = self._file.tell()
        self._file.write(self._pack_directory(tags, position))
        self._file.seek(8 if self._big else 4)
        self._file.write(struct.pack("<Q" if self._big else "<I", position))

    def _metadata_tags(self):
        metadata, tags = self._metadata, {}
        if metadata is None:
            return tags
        if metadata.dpi:
            for tag, dpi in zip((282, 283), metadata.dpi, strict=True):
                tags[tag] = (RATIONAL, struct.pack("<II", round(dpi * 1000), 1000))
            tags[296] = (SHORT, [2])
        if metadata.icc_profile:
            tags[34675] = (UNDEFINED, metadata.icc_profile)
        if metadata.exif:
            for tag in TEXTS:
                text = metadata.exif.get(tag)
                if isinstance(text, str) and text:
                    tags[tag] = (ASCII, text.encode("utf-8", "replace") + b"\0")
            for pointer in (EXIF_POINTER, GPS_POINTER):
                details = metadata.exif.get_ifd(pointer)
                if details and not self._big:
                    tags[pointer] = (LONG, [self._write_details(pointer, details)])
        return tags

    def _write_details(self, pointer, details):
        """Writes a directory of EXIF; returns its position."""
        directory = TiffImagePlugin.ImageFileDirectory_v2(group=pointer)
        for tag, value in details.items():
            if tag != MAKER_NOTE:
                directory[tag] = value
        position = self._file.tell()
        self._file.write(directory.tobytes(position))
        self._file.write(b"\0" * (self._file.tell() % 2))
        return position

    def _pack_directory(self, tags, position):
        count_format, entry_format, inline = ("<Q", "<HHQ", 8) if self._big else ("<H", "<HHI", 4)
        size = struct.calcsize(count_format) + len(tags) * (inline + struct.calcsize(entry_format))
        behind = position + size + inline
        head, values = struct.pack(count_format, len(tags)), b""
        for tag, (kind, value) in sorted(tags.items()):
            if isinstance(value, bytes):
                data, count = value, 1 if kind == RATIONAL else len(value)
            else:
                data, count = struct.pack(f"<{len(value)}{FORMATS[kind]}", *value), len(value)
            head += struct.pack(entry_format, tag, kind, count)
            if len(data) <= inline:
                head += data.ljust(inline, b"\0")
            else:
                pointer = behind + len(values)
                head += struct.pack("<Q" if self._big else "<I", pointer)
                values += data + b"\0" * (len(data) % 2)
        return head + b"\0" * inline + values
