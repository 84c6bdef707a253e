"""Reading of MATLAB 5 files (`save -v6`, `-v7`): numbers, text, cells and structs.

The format is a tree of tagged elements, described in MathWorks' "MAT-File Format". This
reader is Python alone, checks every length against its surroundings, and knows no objects and
no functions; SciPy's compiled reader, tried first, crashes the process on damaged files.
"""

import math
import struct
import zlib

import numpy as np

HEADER = 128
# Types of data elements, with NumPy's type of those that hold numbers.
NUMBERS = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4"},
    **{6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"},
}
TEXT = {16: "utf-8", 17: "utf-16", 18: "utf-32", 4: "utf-16", 2: "latin-1", 1: "latin-1"}
MATRIX, COMPRESSED = 14, 15
# Classes of arrays: double, single, 8 to 64 bit integers.
CELL, STRUCT, CHAR, NUMERIC = 1, 2, 4, range(6, 16)
COMPLEX_FLAG = 0x0800
MAX_DEPTH = 12
# Of a variable after decompression: far above any network of these families.
MAX_BYTES = 2**29


def read_mat5(data):
    """Returns the variables of a MATLAB 5 file.

    Args:
        data: Content of the file, bytes.

    Returns:
        A dictionary. A number array is a NumPy array in MATLAB's orientation, a text a
        string, a cell array a list in MATLAB's order, a struct a dictionary and an array of
        several structs a list of them. Anything else (objects, functions, sparse and complex
        arrays) is None.

    Raises:
        ValueError: If the file is damaged.
    """
    try:
        order = {b"IM": "<", b"MI": ">"}[bytes(data[HEADER - 2 : HEADER])]
        variables = {}
        for kind, body in _elements(memoryview(data)[HEADER:], order):
            if kind == COMPRESSED:
                kind, body = next(_elements(memoryview(_inflated(body)), order))
            if kind == MATRIX:
                name, value = _matrix(body, order, 0)
                variables[name] = value
        return variables
    except (KeyError, IndexError, StopIteration, struct.error, zlib.error, UnicodeError) as error:
        raise ValueError(
            f"The MATLAB file is damaged or truncated ({type(error).__name__}: {error})."
        ) from error


def _inflated(body):
    inflator = zlib.decompressobj()
    data = inflator.decompress(body, MAX_BYTES)
    if not inflator.eof:
        raise ValueError("The MATLAB file is damaged or truncated: a variable does not end.")
    return data


def _elements(data, order):
    """Yields (type, content) of the elements that follow each other."""
    position = 0
    while position < len(data):
        kind, size = struct.unpack_from(f"{order}II", data, position)
        start, limit = position + 8, len(data)
        if kind >> 16:
            # A small element: its size and type share four bytes, its data are the next four.
            kind, size, start = kind & 0xFFFF, kind >> 16, position + 4
            position += 8
            limit = min(limit, position)
        else:
            position = start + size
            if kind != COMPRESSED:
                position += -size % 8
        if start + size > limit:
            raise ValueError("The MATLAB file is damaged or truncated: an element does not end.")
        yield kind, data[start : start + size]


def _matrix(body, order, depth):
    """Returns (name, value) of an array."""
    if depth > MAX_DEPTH:
        raise ValueError("The MATLAB file is damaged: its variables are nested too deep.")
    parts = _elements(body, order)
    _, flags = next(parts, (None, b""))
    if len(flags) == 0:
        return "", np.zeros((0, 0))
    (flags,) = struct.unpack_from(f"{order}I", flags)
    kind = flags & 0xFF
    if kind not in (CELL, STRUCT, CHAR, *NUMERIC):
        return "", None
    shape = tuple(int(n) for n in _numbers(*next(parts), order))
    name = bytes(next(parts)[1]).decode("ascii")
    count = math.prod(shape)
    if len(shape) < 2 or min(shape) < 0:
        raise ValueError(f"The MATLAB file is damaged: {name!r} has the shape {shape}.")
    if kind == CELL:
        return name, _cells(parts, count, order, depth)
    if kind == STRUCT:
        width = _numbers(*next(parts), order)
        names = bytes(next(parts)[1])
        if width.dtype.kind not in "iu" or width.size != 1 or not 0 < width[0] <= 64:
            raise ValueError(f"The MATLAB file is damaged: {name!r} has fields of {width} letters.")
        width = int(width[0])
        fields = [
            names[i : i + width].split(b"\0")[0].decode("ascii")
            for i in range(0, len(names), width)
        ]
        values = iter(_cells(parts, count * len(fields), order, depth))
        structs = [{field: next(values) for field in fields} for _ in range(count)]
        return name, structs[0] if count == 1 else structs
    if kind == CHAR:
        stored, content = next(parts, (1, b""))
        return name, bytes(content).decode(TEXT[stored] + _byte_order(stored, order))
    if kind in NUMERIC and not flags & COMPLEX_FLAG:
        values = _numbers(*next(parts), order)
        if values.size != count:
            raise ValueError(f"The MATLAB file is damaged: {name!r} does not fill {shape}.")
        return name, values.reshape(shape, order="F")
    return name, None


def _byte_order(stored, order):
    return ("-le" if order == "<" else "-be") if TEXT[stored] in ("utf-16", "utf-32") else ""


def _cells(parts, count, order, depth):
    values = []
    for kind, body in parts:
        if kind != MATRIX or len(values) == count:
            raise ValueError("The MATLAB file is damaged: a cell array holds what it cannot.")
        values.append(_matrix(body, order, depth + 1)[1])
    if len(values) != count:
        raise ValueError("The MATLAB file is damaged: a cell array is not full.")
    return values


def _numbers(kind, content, order):
    dtype = np.dtype(NUMBERS[kind]).newbyteorder(order)
    if len(content) % dtype.itemsize:
        raise ValueError("The MATLAB file is damaged: an array ends inside a number.")
    return np.frombuffer(content, dtype)
