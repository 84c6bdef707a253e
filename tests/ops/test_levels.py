"""Grey levels, and what runs on a machine with NumPy alone."""

import subprocess
import sys

import numpy as np
import pytest

from keras_restore import ops


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_level_comes_back(dtype):
    largest = np.iinfo(dtype).max
    pixels = np.arange(largest + 1, dtype=dtype)
    values = ops.to_float(pixels)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, pixels / np.float64(largest), atol=1e-7)
    np.testing.assert_array_equal(ops.from_float(values, dtype), pixels)


def test_rounds_and_clips():
    values = np.array([-0.1, 0.6 / 255, 1.4 / 255, 1.2], np.float32)
    np.testing.assert_array_equal(ops.from_float(values, np.uint8), [0, 1, 1, 255])


def test_floats_pass():
    values = np.array([-0.5, 2.0])
    np.testing.assert_array_equal(ops.to_float(values), values)
    np.testing.assert_array_equal(ops.from_float(values, np.float32), values)


def test_levels_and_versions_need_no_tensorflow():
    code = """
import importlib.metadata, sys
sys.modules["tensorflow"] = sys.modules["keras"] = None
from keras_restore.machine import versions
from keras_restore.ops import to_float
assert versions()["numpy"] == importlib.metadata.version("numpy")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
