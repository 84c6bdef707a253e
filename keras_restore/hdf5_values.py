"""Reading of HDF5 files in a process of their own.

On some damaged files the HDF5 library runs for ever or crashes, and nothing in the same process
can stop it. This module is that process, too: it prints the content of a file as NumPy's `.npz`,
the tree of names as JSON and each array beside it; of a `.keras` file it reads the weights, which
are HDF5, and prints nothing.
"""

import dataclasses
import importlib.util
import io
import json
import signal
import subprocess
import sys
import zipfile

import numpy as np

try:
    import resource
except ImportError:  # Windows
    resource = None

# Of a network: far above those of these families.
MAX_ELEMENTS = 2**26
# How deep groups and references may lie in each other; a network needs six levels.
MAX_DEPTH = 10
# Of the processor: a process that waits is not endless. On Windows they are those of the clock.
SECONDS = 60
WEIGHTS = "model.weights.h5"


@dataclasses.dataclass(frozen=True)
class Node:
    """A group or data set of an HDF5 file.

    Attributes:
        attributes: Dictionary of numbers, strings and lists of them.
        value: Of a group a dictionary of nodes; of references a list of nodes; else an array.
    """

    attributes: dict
    value: object

    def at(self, path):
        """The node below this one under a path such as "conv1/kernel:0"."""
        node = self
        for name in path.split("/"):
            node = node.value[name]
        return node


def read_hdf5(path):
    """Reads all of an HDF5 file, but what MATLAB puts under names with "#" for references.

    Args:
        path: The file.

    Returns:
        The `Node` of its root.

    Raises:
        ImportError: If h5py is missing.
        ValueError: If the file is damaged, too large, or keeps the library busy for a minute.

    Example:

    >>> root = read_hdf5("dncnn_sigma25.mat")
    """
    try:
        found = importlib.util.find_spec("h5py")
    except ValueError:
        found = None
    if found is None:
        raise ImportError(
            "MATLAB files of v7.3 and Keras 2 files need h5py: "
            "pip install 'keras-restore[published]'"
        )
    with np.load(io.BytesIO(_run("print", path))) as arrays:
        tree = json.loads(str(arrays["tree"]))
        return _node(tree, arrays)


def check_keras_file(path):
    """Reads the weights of a `.keras` file once, so that Keras may read them in this process.

    Args:
        path: The file.

    Raises:
        ValueError: If the file is damaged, or keeps the HDF5 library busy for a minute.

    Example:

    >>> check_keras_file("savedmodels/xdncnn_color_blind/model.keras")
    """
    # Of what is no such archive Keras says so.
    if zipfile.is_zipfile(path):
        _run("check", path)


def _run(task, path):
    """What this module prints as a process of its own."""
    command = [sys.executable, "-P", __file__, task, str(path), str(SECONDS)]
    limit = None if resource else SECONDS
    try:
        done = subprocess.run(command, capture_output=True, timeout=limit, check=False)
        endless = resource and done.returncode == -signal.SIGXCPU
    except subprocess.TimeoutExpired:
        endless = True
    if endless:
        raise ValueError("The HDF5 file is damaged: the HDF5 library finds no end.")
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["a crash"]
        raise ValueError(f"The HDF5 file is damaged or truncated: {reason[0]}")
    return done.stdout


def _node(tree, arrays):
    kind, attributes, value = tree
    if kind == "group":
        value = {name: _node(entry, arrays) for name, entry in value.items()}
    elif kind == "references":
        value = [_node(entry, arrays) for entry in value]
    else:
        value = arrays[value]
    return Node(attributes, value)


def print_content(path):
    """Writes the content of a file to standard output, in the process that may be stopped."""
    import h5py

    arrays, elements = {}, 0

    def tree(item, depth):
        nonlocal elements
        if depth > MAX_DEPTH:
            raise ValueError("it is nested too deep")
        attributes = {name: _plain(value) for name, value in item.attrs.items()}
        if isinstance(item, h5py.Group):
            names = [name for name in item if not name.startswith("#")]
            return "group", attributes, {name: tree(item[name], depth + 1) for name in names}
        elements += item.size
        if elements > MAX_ELEMENTS:
            raise ValueError(f"{item.name} and what is before it have {elements} elements")
        value = item[()]
        if value.dtype == object:
            entries = [tree(item.file[reference], depth + 1) for reference in value.ravel()]
            return "references", attributes, entries
        name = f"array{len(arrays)}"
        arrays[name] = value
        return "array", attributes, name

    with h5py.File(path, "r") as file:
        described = tree(file, 0)
    content = io.BytesIO()
    np.savez(content, tree=json.dumps(described), **arrays)
    sys.stdout.buffer.write(content.getvalue())


def check_weights(path):
    """Reads all of the HDF5 file in a `.keras` file, in the process that may be stopped."""
    import h5py

    def read(_, item):
        list(item.attrs.values())
        if isinstance(item, h5py.Dataset):
            item[()]

    with zipfile.ZipFile(path) as archive:
        if WEIGHTS in archive.namelist():
            with archive.open(WEIGHTS) as stored, h5py.File(stored, "r") as file:
                read("", file)
                file.visititems(read)


def _plain(value):
    if isinstance(value, np.ndarray):
        return [_plain(each) for each in value.ravel()]
    if isinstance(value, bytes):
        return value.decode()
    return (
        value.item() if isinstance(value, np.generic) and not value.dtype.hasobject else str(value)
    )


if __name__ == "__main__":
    if resource:
        seconds = int(sys.argv[3])
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    try:
        {"print": print_content, "check": check_weights}[sys.argv[1]](sys.argv[2])
    # A damaged file surfaces as any error of the library's.
    except Exception as error:
        sys.exit(" ".join(str(error).split()))
