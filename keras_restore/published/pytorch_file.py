"""PyTorch state dicts, of the old format (a series of pickles) and the zip format."""

import math
import os
import zipfile
import zlib

import numpy as np

from keras_restore.published.checkpoint import (
    MAX_ELEMENTS,
    Checkpoint,
    Convolution,
    DepthwiseConvolution,
    Normalization,
    check_array,
)
from keras_restore.published.pickle_values import STORAGES, Name, Tensor, read_pickle

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
# PyTorch's default. A state dict does not hold the epsilon of its batch norms.
EPSILON = 1e-5


def read_pytorch(path, batch_norm_epsilon=None):
    """Reads the network of a PyTorch state dict. PyTorch itself is not needed.

    The tensors are grouped into layers by what stands before the last dot of their names,
    and taken in their order; a checkpoint that holds the state dict in one of its entries
    (as training scripts save it) is searched.

    Args:
        path: File that `torch.save` wrote, in any version since 0.1.
        batch_norm_epsilon: Of the batch norms, which the format does not hold; None is
            PyTorch's default, 1e-5.

    Returns:
        A `Checkpoint`.

    Raises:
        ValueError: If the file is damaged, asks for anything but tensors, or holds layers
            that none of our networks have.
    """
    zipped = _is_zip(path)
    value = _read_zip(path) if zipped else _read_series(path)
    name = "zip" if zipped else "old, before the zip format"
    state = {key: _array(tensor, key) for key, tensor in _state_dict(value).items()}
    epsilon = EPSILON if batch_norm_epsilon is None else batch_norm_epsilon
    layers = _layers(state, epsilon)
    assumptions = ()
    if batch_norm_epsilon is None and any(isinstance(i, Normalization) for i in layers):
        assumptions = (f"batch norm epsilon {EPSILON:g}, PyTorch's default",)
    return Checkpoint(f"PyTorch state dict ({name})", layers, None, assumptions)


def _is_zip(path):
    try:
        return zipfile.is_zipfile(path)
    except zipfile.BadZipFile:
        return True


def _read_zip(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_archive(archive)
    except (
        *(zipfile.BadZipFile, zlib.error, NotImplementedError),
        *(RuntimeError, OSError, EOFError),
    ) as error:
        raise ValueError(f"The zip file is damaged or truncated: {error}.") from error


def _read_archive(archive):
    names = archive.namelist()
    records = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(records) != 1:
        raise ValueError(f"The zip file holds no PyTorch checkpoint, but {names[:5]}.")
    folder = records[0].split("/")[0]
    if f"{folder}/byteorder" in names and archive.read(f"{folder}/byteorder") != b"little":
        raise ValueError("The checkpoint was written on a big-endian machine.")

    def load(identifier):
        dtype, key, count = _identifier(identifier)
        info = archive.getinfo(f"{folder}/data/{key}")
        if info.file_size != count * _item_size(dtype):
            raise ValueError(f"The storage {key} has {info.file_size} bytes for {count} items.")
        return _elements(archive.read(info), dtype)

    with archive.open(records[0]) as stream:
        return read_pickle(stream, load)


class _PendingStorage:
    """A storage whose bytes come after the pickle that refers to it."""

    def __init__(self, dtype, count):
        self.dtype, self.count, self.elements = dtype, count, None


def _read_series(path):
    storages = {}

    def load(identifier):
        dtype, key, count = _identifier(identifier)
        storage = storages.setdefault(key, _PendingStorage(dtype, count))
        if (storage.dtype, storage.count) != (dtype, count):
            raise ValueError(f"The storage {key} is described in two ways.")
        return storage

    with open(path, "rb") as stream:
        if read_pickle(stream) != MAGIC_NUMBER or read_pickle(stream) != PROTOCOL_VERSION:
            raise ValueError("The pickle in the file was not written by `torch.save`.")
        system = read_pickle(stream)
        if not isinstance(system, dict) or not system.get("little_endian", True):
            raise ValueError("The checkpoint was written on a big-endian machine.")
        value = read_pickle(stream, load)
        keys = read_pickle(stream)
        if not isinstance(keys, list) or set(map(str, keys)) != set(storages):
            raise ValueError("The file is damaged: its list of storages does not fit.")
        for key in keys:
            storage = storages[str(key)]
            header = stream.read(8)
            size = storage.count * _item_size(storage.dtype)
            if len(header) < 8 or int.from_bytes(header, "little") != storage.count:
                raise ValueError(f"The file is damaged or truncated at the storage {key}.")
            if os.fstat(stream.fileno()).st_size - stream.tell() < size:
                raise ValueError(f"The file is truncated in the storage {key}.")
            storage.elements = _elements(stream.read(size), storage.dtype)
    return value


def _identifier(identifier):
    """Checks a persistent identifier and returns its (dtype, key, count)."""
    if (
        not isinstance(identifier, tuple)
        or len(identifier) not in (5, 6)
        or identifier[0] != "storage"
        or not isinstance(identifier[1], Name)
        or identifier[1].name not in STORAGES
        or not isinstance(identifier[4], int)
        or not 0 <= identifier[4] <= MAX_ELEMENTS
        or (len(identifier) == 6 and identifier[5] is not None)
    ):
        raise ValueError("The file is damaged: it describes a storage that PyTorch does not have.")
    return STORAGES[identifier[1].name], str(identifier[2]), identifier[4]


def _item_size(dtype):
    return 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize


def _elements(data, dtype):
    if dtype == "bfloat16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(data, dtype)


def _array(tensor, key):
    """Returns the values of a `Tensor`, whose view must lie within its storage."""
    storage = tensor.storage
    elements = storage.elements if isinstance(storage, _PendingStorage) else storage
    numbers = (tensor.offset, *tensor.size, *tensor.stride)
    if (
        not isinstance(elements, np.ndarray)
        or not all(isinstance(n, int) and n >= 0 for n in numbers)
        or len(tensor.size) != len(tensor.stride)
        or math.prod(tensor.size) > elements.size
    ):
        raise ValueError(f"The tensor {key!r} does not fit its storage.")
    if math.prod(tensor.size) == 0:
        return np.zeros(tensor.size, elements.dtype)
    reach = sum((n - 1) * step for n, step in zip(tensor.size, tensor.stride, strict=True))
    if tensor.offset + reach >= elements.size:
        raise ValueError(f"The tensor {key!r} reaches beyond its storage.")
    strides = [step * elements.itemsize for step in tensor.stride]
    view = np.lib.stride_tricks.as_strided(elements[tensor.offset :], tensor.size, strides)
    return view.copy()


def _state_dict(value, depth=2):
    """Finds the one mapping of names to tensors, at most `depth` entries deep."""
    found = dict(_state_dicts(value, "", depth))
    if len(found) != 1:
        names = ", ".join(repr(name) for name in found) or _kind(value)
        raise ValueError(
            f"The file must hold one state dict. Found {len(found)}: {names}. Save the one that "
            "is wanted in a file of its own."
        )
    return next(iter(found.values()))


def _state_dicts(value, name, depth):
    if not isinstance(value, dict):
        return
    tensors = {k: v for k, v in value.items() if isinstance(v, Tensor) and isinstance(k, str)}
    if tensors and len(tensors) == len(value):
        yield name, tensors
    elif depth:
        for key, entry in value.items():
            yield from _state_dicts(entry, f"{name}/{key}", depth - 1)


def _kind(value):
    if isinstance(value, dict):
        return f"a mapping of {[str(key)[:40] for key in list(value)[:6]]}"
    return f"a {type(value).__name__.lower()}"


def _layers(state, epsilon):
    """Groups the tensors into layers."""
    modules = {}
    for key, array in state.items():
        module, _, name = key.rpartition(".")
        modules.setdefault(module, {})[name] = array
    layers, channels = [], None
    for module, tensors in modules.items():
        tensors.pop("num_batches_tracked", None)
        layer = _layer(module, tensors, channels, epsilon)
        if isinstance(layer, Convolution):
            channels = layer.kernel.shape[3]
        layers.append(layer)
    return tuple(layers)


def _layer(module, tensors, channels, epsilon):
    arrays = {name: check_array(a, f"The tensor '{module}.{name}'") for name, a in tensors.items()}
    weight, bias = arrays.get("weight"), arrays.get("bias")
    names = set(arrays)
    if (
        {"running_mean", "running_var"}
        <= names
        <= {"running_mean", "running_var", "weight", "bias"}
    ):
        mean, variance = arrays["running_mean"], arrays["running_var"]
        gamma = np.ones_like(mean) if weight is None else weight
        beta = np.zeros_like(mean) if bias is None else bias
        if mean.ndim == 1 and gamma.shape == beta.shape == mean.shape == variance.shape:
            return Normalization(gamma, beta, mean, np.sqrt(np.maximum(variance, 0) + epsilon))
    elif weight is not None and weight.ndim == 4 and names <= {"weight", "bias"}:
        if bias is None or bias.shape == weight.shape[:1]:
            if weight.shape[1] == 1 and weight.shape[0] == channels and channels > 1:
                return DepthwiseConvolution(weight.transpose(2, 3, 0, 1), bias)
            return Convolution(weight.transpose(2, 3, 1, 0), bias)
    shapes = {name: array.shape for name, array in arrays.items()}
    raise ValueError(
        f"The layer {module!r} is neither a convolution nor a batch norm: its tensors are {shapes}."
    )
