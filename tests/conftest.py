"""What the tests need from their surroundings."""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Two workers on two cores: each keeps to its own.
os.environ.setdefault("OMP_NUM_THREADS", "1")

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
