"""What the tests need from their surroundings."""

import atexit
import os
import pathlib
import shutil
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Two workers on two cores: each keeps to its own.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Small networks are compiled for longer than they run.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
# What XLA compiles for one process under JAX serves the others; pytest's workers share it.
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    compiled = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, compiled, ignore_errors=True)
    os.environ |= {
        **{
            "JAX_COMPILATION_CACHE_DIR": compiled,
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        },
        **{"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"},
    }

import pytest  # noqa: E402

REPOSITORY = pathlib.Path(__file__).parent.parent


def _shared(variable, folder):
    path = pathlib.Path(os.environ.get(variable, REPOSITORY.parent / "shared" / folder))
    if not path.is_dir():
        pytest.skip(f"needs the {folder} folder: set {variable} to its path")
    return path


@pytest.fixture
def shared_data():
    """The benchmark images, where this machine has them (KERAS_RESTORE_DATA)."""
    return _shared("KERAS_RESTORE_DATA", "data")


@pytest.fixture
def reference_weights():
    """The published checkpoints, where this machine has them (KERAS_RESTORE_WEIGHTS)."""
    return _shared("KERAS_RESTORE_WEIGHTS", "reference_weights")


@pytest.fixture
def repository():
    """The root of the repository."""
    return REPOSITORY
