"""Reading of a published file of any known format."""

import pathlib

from keras_restore.hdf5_values import read_hdf5
from keras_restore.published.keras_file import is_keras, read_keras
from keras_restore.published.matconvnet_file import read_matconvnet
from keras_restore.published.pytorch_file import read_pytorch

HDF5 = b"\x89HDF\r\n\x1a\n"
FORMATS = (
    "a PyTorch state dict (.pth, .pt, .pkl), MatConvNet's .mat (v7.3 or v5), or Keras 2's HDF5"
)


def read(path, batch_norm_epsilon=None):
    """Reads the layers of a published file; its format is told from its content.

    Nothing in the file is ever executed.

    Args:
        path: The file.
        batch_norm_epsilon: Of the batch norms, for files that do not hold it; None takes the
            default of the framework that wrote the file.

    Returns:
        A `Checkpoint`.

    Raises:
        ImportError: If a package for the format is missing (the extra `published`).
        OSError: If the file cannot be read.
        ValueError: If it is in no known format, is damaged, or has layers that none of our
            networks have. The error names the file.

    Example:

    >>> keras_restore.published.read("dncnn_sigma25.mat").describe()
    """
    path = pathlib.Path(path)
    if batch_norm_epsilon is not None and not batch_norm_epsilon > 0:
        raise ValueError(
            "`batch_norm_epsilon` must be a positive number or None. "
            f"Received: batch_norm_epsilon={batch_norm_epsilon!r}"
        )
    if path.is_dir():
        raise ValueError(f"{path} cannot be imported. It is a folder, and not {FORMATS}.")
    with path.open("rb") as file:
        head = file.read(1024)
    try:
        if head.startswith((b"\x80", b"PK\x03\x04")):
            return read_pytorch(path, batch_norm_epsilon)
        if head.startswith(b"MATLAB 5.0"):
            return read_matconvnet(path)
        if head.startswith(HDF5) or head[512:].startswith(HDF5):
            root = read_hdf5(path)
            if is_keras(root):
                return read_keras(path, root, batch_norm_epsilon)
            return read_matconvnet(path, root)
        raise ValueError(f"It begins with {head[:8]!r}, and is neither {FORMATS}.")
    except ValueError as error:
        raise ValueError(f"{path} cannot be imported. {error}") from error
