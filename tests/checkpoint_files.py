"""Made-up published checkpoints, written in the authors' file formats, and their networks.

The files are assembled from the formats' descriptions, without the packages that wrote the
real ones: PyTorch's pickles opcode by opcode, MATLAB's HDF5 with references and reversed axes,
its older files through SciPy, and Keras 2's HDF5 with its attributes.
"""

import dataclasses
import json
import struct
import zipfile

import h5py
import numpy as np
import reference_networks as reference
import scipy.io

FLOAT_STORAGE = "FloatStorage"


@dataclasses.dataclass
class Conv:
    kernel: np.ndarray
    bias: np.ndarray | None


@dataclasses.dataclass
class Depthwise:
    kernel: np.ndarray
    bias: np.ndarray | None


@dataclasses.dataclass
class Norm:
    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


class Weights:
    """Draws layers of trained-like weights."""

    def __init__(self, seed=0):
        self.generator = np.random.default_rng(seed)

    def _normal(self, scale, *shape):
        return self.generator.normal(0, scale, shape).astype(np.float32)

    def conv(self, size, inputs, outputs, bias=True):
        kernel = self._normal((size * size * inputs) ** -0.5, size, size, inputs, outputs)
        return Conv(kernel, self._normal(0.1, outputs) if bias else None)

    def depthwise(self, size, channels):
        return Depthwise(
            self._normal(1 / size, size, size, channels, 1), self._normal(0.1, channels)
        )

    def norm(self, channels):
        positive = self.generator.uniform(0.5, 1.5, (2, channels)).astype(np.float32)
        beta, mean = self._normal(0.1, channels), self._normal(0.1, channels)
        return Norm(positive[0], beta, mean, positive[1])

    def xunit_cell(self, size, inputs, outputs, gate_size):
        return [
            self.conv(size, inputs, outputs),
            self.norm(outputs),
            self.depthwise(gate_size, outputs),
            self.norm(outputs),
        ]


def dncnn(depth, channels=1, filters=8, normed=False, bias=False, inputs=None, seed=0):
    """Layers of a DnCNN, merged or with batch norms; `bias` of the normalised convolutions."""
    weights = Weights(seed)
    layers = [weights.conv(3, inputs or channels, filters)]
    for _ in range(depth - 2):
        layers.append(weights.conv(3, filters, filters, bias or not normed))
        if normed:
            layers.append(weights.norm(filters))
    return [*layers, weights.conv(3, filters, channels)]


def xdncnn(depth, channels=1, filters=6, gate_size=9, cell_norm=True, seed=0):
    weights = Weights(seed)
    layers = weights.xunit_cell(3, channels, filters, gate_size)
    for _ in range(depth - 2):
        layers += [weights.norm(filters)] if cell_norm else []
        layers += weights.xunit_cell(3, filters, filters, gate_size)
    return [*layers, weights.conv(3, filters, channels)]


def xsrcnn(filters, sizes, gate_size=9, seed=0):
    weights = Weights(seed)
    return [
        *weights.xunit_cell(sizes[0], 1, filters[0], gate_size),
        *weights.xunit_cell(sizes[1], filters[0], filters[1], gate_size),
        weights.conv(sizes[2], filters[1], 1),
    ]


def run(layers, image, epsilon=1e-5, residual=True):
    """What the network gives, by NumPy: a ReLU after every layer but the last, or xUnits."""
    x, layers = image.astype(np.float64), list(layers)

    def conv(layer):
        return reference.conv(x, layer.kernel, layer.bias)

    def normalize(x, n):
        return reference.norm(x, n.gamma, n.beta, n.mean, n.variance, epsilon)

    while len(layers) > 1:
        kinds = [type(layer) for layer in layers[:4]]
        if kinds == [Conv, Norm, Depthwise, Norm]:
            z = conv(layers[0])
            d = reference.relu(normalize(z, layers[1]))
            d = normalize(reference.depthwise(d, layers[2].kernel, layers[2].bias), layers[3])
            x, layers = z * np.exp(-(d**2)), layers[4:]
        elif kinds[:2] == [Norm, Conv]:
            x, layers = normalize(x, layers[0]), layers[1:]
        elif kinds[:2] == [Conv, Norm]:
            x, layers = reference.relu(normalize(conv(layers[0]), layers[1])), layers[2:]
        else:
            x, layers = reference.relu(conv(layers[0])), layers[1:]
    x = conv(layers[0])
    return image - x if residual else x


# === PyTorch ===


class Opcodes(bytes):
    """A value that is opcodes already."""


def opcodes(value):
    """Pickle opcodes (protocol 2) of plain values."""
    if isinstance(value, Opcodes):
        return value
    if value is None or isinstance(value, bool):
        return {None: b"N", True: b"\x88", False: b"\x89"}[value]
    if isinstance(value, int):
        if -(2**31) <= value < 2**31:
            return b"J" + struct.pack("<i", value)
        data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        return b"\x8a" + bytes([len(data)]) + data
    if isinstance(value, str):
        data = value.encode()
        return b"X" + struct.pack("<I", len(data)) + data
    if isinstance(value, tuple):
        return b"(" + b"".join(map(opcodes, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(opcodes, value)) + b"e"
    items = b"".join(opcodes(key) + opcodes(entry) for key, entry in value.items())
    return b"}(" + items + b"u"


def pickled(value):
    return b"\x80\x02" + opcodes(value) + b"."


def name(module, attribute):
    return Opcodes(f"c{module}\n{attribute}\n".encode())


def call(function, *arguments):
    return Opcodes(opcodes(function) + opcodes(tuple(arguments)) + b"R")


def ordered_dict(items, metadata=False):
    """As `state_dict()` gives it; PyTorch's newer ones have a `_metadata` attribute."""
    body = b"(" + b"".join(opcodes(k) + opcodes(v) for k, v in items.items()) + b"u"
    state = opcodes({"_metadata": call(name("collections", "OrderedDict"))}) + b"b"
    mapping = call(name("collections", "OrderedDict"))
    return Opcodes(mapping + body + (state if metadata else b""))


def tensor(array, key, version="v2", storage=FLOAT_STORAGE, view=None):
    """The call that rebuilds a tensor; `view` replaces (offset, size, stride)."""
    entry = ("storage", name("torch", storage), key, "cpu", array.size)
    entry += () if version == "zip" else (None,)
    strides = tuple(s // array.itemsize for s in array.strides)
    offset, size, stride = view or (0, array.shape, strides)
    arguments = [Opcodes(opcodes(entry) + b"Q"), offset, tuple(size), tuple(stride)]
    if version == "v1":
        return call(name("torch._utils", "_rebuild_tensor"), *arguments)
    hooks = call(name("collections", "OrderedDict"))
    return call(name("torch._utils", "_rebuild_tensor_v2"), *arguments, False, hooks)


def torch_arrays(layers, counter=False):
    """A state dict's names and arrays, in the order of the layers. Names mean nothing."""
    state = {}
    for i, layer in enumerate(layers):
        key = f"net.part{i * 3 % 7}.{i}"
        if isinstance(layer, Norm):
            state[f"{key}.weight"], state[f"{key}.bias"] = layer.gamma, layer.beta
            state[f"{key}.running_mean"] = layer.mean
            state[f"{key}.running_var"] = layer.variance
            if counter:
                state[f"{key}.num_batches_tracked"] = np.array(7, np.int64)
            continue
        order = (2, 3, 0, 1) if isinstance(layer, Depthwise) else (3, 2, 0, 1)
        state[f"{key}.weight"] = np.ascontiguousarray(layer.kernel.transpose(order))
        if layer.bias is not None:
            state[f"{key}.bias"] = layer.bias
    return state


def storage_of(array):
    return {"float32": FLOAT_STORAGE, "int64": "LongStorage", "float16": "HalfStorage"}[
        array.dtype.name
    ]


def series_header():
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    return pickled(0x1950A86A20F9469CFC6C) + pickled(1001) + pickled(system)


def write_series(path, arrays, version="v2", wrap=None, metadata=False):
    """PyTorch's format before 1.6: five pickles and the storages one after another."""
    keys = {key: str(94_000_000_000_000 + 16 * i) for i, key in enumerate(arrays)}
    state = ordered_dict(
        {k: tensor(a, keys[k], version, storage_of(a)) for k, a in arrays.items()}, metadata
    )
    content = series_header() + pickled(wrap(state) if wrap else state)
    content += pickled(list(keys.values()))
    for array in arrays.values():
        content += struct.pack("<q", array.size) + array.tobytes()
    path.write_bytes(content)


def write_zip(path, arrays, wrap=None, metadata=True):
    """PyTorch's format since 1.6: an uncompressed zip of a pickle and one file a storage."""
    state = ordered_dict(
        {k: tensor(a, str(i), "zip", storage_of(a)) for i, (k, a) in enumerate(arrays.items())},
        metadata,
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(wrap(state) if wrap else state))
        archive.writestr("archive/byteorder", "little")
        for i, array in enumerate(arrays.values()):
            archive.writestr(f"archive/data/{i}", array.tobytes())
        archive.writestr("archive/version", "3\n")


# === MatConvNet ===


def matconvnet_structs(layers):
    """The structs of `net.layers`, arrays in MATLAB's orientation."""
    structs = []
    for i, layer in enumerate(layers):
        if isinstance(layer, Norm):
            moments = np.stack([layer.mean, np.sqrt(layer.variance + 1e-4)], axis=1)
            weights = [layer.gamma[:, None], layer.beta[:, None], moments.astype(np.float32)]
            structs.append({"type": "bnorm", "name": f"bn{i}", "weights": weights})
        else:
            bias = np.zeros((0, 0), np.float32) if layer.bias is None else layer.bias[:, None]
            pad = float(layer.kernel.shape[0] // 2)
            structs.append(
                {
                    "type": "conv",
                    "name": f"conv{i}",
                    "weights": [layer.kernel, bias],
                    "stride": 1.0,
                    "pad": pad,
                }
            )
        last = i + 1 == len(layers)
        if not last and not isinstance(layers[i + 1], Norm):
            structs.append({"type": "relu", "name": f"relu{i}", "leak": 0.0})
    return structs


def write_mat73(path, variables):
    """MATLAB 7.3: HDF5 behind a block of 512 bytes, cells and structs by reference."""
    with h5py.File(path, "w", userblock_size=512) as file:
        references = file.create_group("#refs#")

        def store(group, key, value):
            if isinstance(value, dict):
                struct_group = group.create_group(key)
                struct_group.attrs["MATLAB_class"] = np.bytes_("struct")
                for field, entry in value.items():
                    store(struct_group, field, entry)
            elif isinstance(value, list):
                cells = [store(references, f"r{len(references)}", entry) for entry in value]
                data = np.array([cell.ref for cell in cells], h5py.ref_dtype)[:, None]
                group.create_dataset(key, data=data).attrs["MATLAB_class"] = np.bytes_("cell")
            elif isinstance(value, str):
                data = np.frombuffer(value.encode("utf-16-le"), np.uint16)[:, None]
                group.create_dataset(key, data=data).attrs["MATLAB_class"] = np.bytes_("char")
            else:
                array = np.atleast_2d(np.asarray(value))
                while array.ndim > 2 and array.shape[-1] == 1:
                    array = array[..., 0]
                kind = {"float32": "single", "float64": "double"}[array.dtype.name]
                if array.size == 0:
                    data = np.array(array.shape, np.uint64)
                else:
                    data = array.T
                dataset = group.create_dataset(key, data=data)
                dataset.attrs["MATLAB_class"] = np.bytes_(kind)
                if array.size == 0:
                    dataset.attrs["MATLAB_empty"] = np.uint8(1)
            return group[key]

        for key, value in variables.items():
            store(file, key, value)
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 1.00 .".ljust(124))
        file.write(b"\x00\x02IM")


def write_mat5(path, variables):
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        if isinstance(value, list):
            cells = np.empty((1, len(value)), object)
            for i, entry in enumerate(value):
                cells[0, i] = plain(entry)
            return cells
        return value

    scipy.io.savemat(path, {key: plain(value) for key, value in variables.items()})


# === Keras 2 ===


def keras_config(layers, residual="Subtract", epsilon=1e-3):
    """The config of a functional Keras 2 model, as `model.to_json()` wrote it."""
    configs = []

    def add(kind, key, config, *sources):
        nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
        config = {"name": key, "trainable": True, **config}
        configs.append({"class_name": kind, "name": key, "config": config, "inbound_nodes": nodes})
        return key

    x = add("InputLayer", "input0", {"batch_input_shape": [None, None, None, 1]})
    for i, layer in enumerate(layers):
        if isinstance(layer, Norm):
            x = add("BatchNormalization", f"bn{i}", {"epsilon": epsilon}, x)
        else:
            config = {"strides": [1, 1], "dilation_rate": [1, 1], "padding": "same"}
            x = add("Conv2D", f"conv{i}", {**config, "activation": "linear"}, x)
        last = i + 1 == len(layers)
        if not last and not isinstance(layers[i + 1], Norm):
            x = add("Activation", f"relu{i}", {"activation": "relu"}, x)
    if residual:
        add(residual, "merge", {}, "input0", x)
    return {"class_name": "Model", "config": {"name": "model_1", "layers": configs}}


def write_keras(path, layers, config=None, where="file"):
    """`model.save` with the config in the file, or `save_weights` with it beside, or neither."""
    names = {}
    with h5py.File(path, "w") as file:
        group = file
        if config is not None and where == "file":
            file.attrs["model_config"] = json.dumps(config).encode()
            group = file.create_group("model_weights")
        for i, layer in enumerate(layers):
            if isinstance(layer, Norm):
                arrays = {
                    "gamma": layer.gamma,
                    "beta": layer.beta,
                    "moving_mean": layer.mean,
                    "moving_variance": layer.variance,
                }
            else:
                arrays = {"kernel": layer.kernel, "bias": layer.bias}
            key = f"{'bn' if isinstance(layer, Norm) else 'conv'}{i}"
            names[key] = group.create_group(key)
            arrays = {k: a for k, a in arrays.items() if a is not None}
            names[key].attrs["weight_names"] = [f"{key}/{k}:0".encode() for k in arrays]
            for k, array in arrays.items():
                names[key][f"{key}/{k}:0"] = array
        group.create_group("relu").attrs["weight_names"] = np.array([])
        group.attrs["layer_names"] = [b"relu", *(key.encode() for key in names)]
    if config is not None and where == "beside":
        path.with_suffix(".json").write_text(json.dumps(config))
