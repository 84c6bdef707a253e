"""MATLAB 5 files as MATLAB writes them: compressed, and on machines of the other byte order."""

import io
import struct

import numpy as np
import pytest
import scipy.io

from keras_restore.published.mat5_values import read_mat5

VALUES = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "name": "text", "b": {"c": 3.5}}


@pytest.mark.parametrize("compressed", [False, True])
def test_as_scipy_writes_it(compressed):
    file = io.BytesIO()
    scipy.io.savemat(file, VALUES, do_compression=compressed)
    found = read_mat5(file.getvalue())
    np.testing.assert_array_equal(found["a"], VALUES["a"])
    assert found["name"] == "text" and found["b"]["c"] == 3.5


@pytest.mark.parametrize(("order", "mark"), [("<", b"IM"), (">", b"MI")])
def test_byte_order(order, mark):
    """By the format's description: header, then miMATRIX of flags, sizes, name and doubles."""

    def element(kind, content):
        return struct.pack(f"{order}II", kind, len(content)) + content + bytes(-len(content) % 8)

    values = np.array([[1.5, -2.0, 1e9]])
    parts = element(6, struct.pack(f"{order}II", 6, 0))
    parts += element(5, struct.pack(f"{order}ii", 1, 3)) + element(1, b"weights")
    parts += element(9, values.astype(f"{order}f8").tobytes())
    version = struct.pack(f"{order}H", 0x0100)
    found = read_mat5(b"MATLAB 5.0 MAT-file".ljust(124) + version + mark + element(14, parts))
    np.testing.assert_array_equal(found["weights"], values)
