"""Hostile, damaged and foreign files: a clear error, nothing run."""

import io
import json
import os
import pickle
import zipfile

import checkpoint_files as files
import h5py
import numpy as np
import pytest

from keras_restore import published
from keras_restore.published.pickle_values import read_pickle


class Bomb:
    """What a hostile checkpoint holds."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


def bomb_opcodes(target, protocol=2):
    """The opcodes of a `Bomb` without header and end."""
    return files.Opcodes(pickle.dumps(Bomb(target), protocol)[2:-1])


@pytest.mark.parametrize("place", ["first", "series", "entry", "zip", "instance", "build"])
def test_nothing_is_run(tmp_path, place):
    target, path = tmp_path / "executed", tmp_path / "weights.pth"
    bomb = bomb_opcodes(target)
    if place == "first":
        path.write_bytes(pickle.dumps(Bomb(target), 4))
    elif place == "series":
        path.write_bytes(files.series_header() + files.pickled(bomb) + files.pickled([]))
    elif place == "entry":
        arrays = files.torch_arrays(files.dncnn(3))
        files.write_series(path, arrays, wrap=lambda state: {"state_dict": state, "args": bomb})
    elif place == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", files.pickled(bomb))
    elif place == "instance":
        path.write_bytes(b"\x80\x02(X\x01\x00\x00\x00aios\nmkdir\n.")
    else:
        path.write_bytes(b"\x80\x02ctorch._utils\n_rebuild_tensor\n}b.")
    with pytest.raises(ValueError, match=r"weights.pth cannot be imported"):
        published.load(path)
    assert not target.exists()


def test_the_bomb_is_one(tmp_path):
    """The control: Python's own machine does run it."""
    pickle.loads(files.pickled(bomb_opcodes(tmp_path / "executed")))
    assert (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("module", "attribute"),
    [
        ("builtins", "eval"),
        ("torch", "load"),
        ("torch._utils", "_import_dotted_name"),
        ("torch.nn.modules.container", "Sequential"),
        ("collections", "Counter"),
        ("numpy", "frombuffer"),
    ],
)
def test_only_tensors_are_admitted(tmp_path, module, attribute):
    call = files.call(files.name(module, attribute), "1")
    (tmp_path / "a").write_bytes(files.series_header() + files.pickled({"a": call}))
    with pytest.raises(ValueError, match=f"{module}.{attribute}"):
        published.load(tmp_path / "a")


@pytest.mark.parametrize(
    "view",
    [(0, (9999,), (1,)), (10**9, (2,), (1,)), (0, (2, 2), (10**12, 1)), (0, (2,), (-1,))],
    ids=str,
)
def test_a_tensor_beyond_its_storage(tmp_path, view):
    array = np.zeros(16, np.float32)
    state = files.ordered_dict({"a.weight": files.tensor(array, "0", view=view)})
    content = files.series_header() + files.pickled(state) + files.pickled(["0"])
    (tmp_path / "a").write_bytes(content + (16).to_bytes(8, "little") + array.tobytes())
    with pytest.raises(ValueError, match="storage"):
        published.load(tmp_path / "a")


def written(folder):
    """One small file of every format, with the layers that it holds."""
    folder.mkdir(exist_ok=True)
    layers = files.dncnn(4, filters=3, normed=True)
    net = {"net": {"layers": files.matconvnet_structs(layers)}}
    files.write_series(folder / "old.pth", files.torch_arrays(layers))
    files.write_zip(folder / "zip.pth", files.torch_arrays(layers))
    files.write_mat73(folder / "new.mat", net)
    files.write_mat5(folder / "old.mat", net)
    files.write_keras(folder / "keras.h5", layers, files.keras_config(layers))
    return sorted(folder.iterdir())


FORMATS = ["keras.h5", "new.mat", "old.mat", "old.pth", "zip.pth"]


@pytest.mark.parametrize("name", FORMATS)
def test_truncated(tmp_path, name):
    path = next(path for path in written(tmp_path / "files") if path.name == name)
    content = path.read_bytes()
    published.read(path)
    for part in (0.0, 0.001, 0.1, 0.5, 0.9, 0.99):
        path.write_bytes(content[: int(part * len(content))])
        with pytest.raises(ValueError, match=name):
            published.load(path)


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_bytes_give_no_other_error(tmp_path, name):
    path = next(path for path in written(tmp_path / "files") if path.name == name)
    content = path.read_bytes()
    generator = np.random.default_rng(0)
    refused = 0
    # HDF5 is read in a process of its own.
    for _ in range(50 if name not in ("keras.h5", "new.mat") else 6):
        damaged = np.frombuffer(content, np.uint8).copy()
        # Half of the hits go to the structure at the beginning.
        end = len(damaged) if generator.random() < 0.5 else min(len(damaged), 2000)
        places = generator.integers(0, end, generator.integers(1, 6))
        damaged[places] = generator.integers(0, 256, places.size)
        path.write_bytes(damaged.tobytes())
        try:
            published.recognize(published.read(path))
        except ValueError as error:
            refused += 1
            assert name in str(error) or "no network that can be imported" in str(error)
    assert refused > 1


def refuses(path, match, **kwargs):
    with pytest.raises(ValueError, match=match) as caught:
        published.load(path, **kwargs)
    assert str(path) in str(caught.value)


def refuses_state(folder, arrays, match):
    files.write_zip(folder / "a.pth", arrays)
    refuses(folder / "a.pth", match)


def test_other_networks(tmp_path):
    """The error says what was found."""
    weights = files.Weights()
    vdsr = [
        weights.conv(3, 1, 8, False),
        weights.conv(3, 8, 8, False),
        weights.conv(3, 8, 1, False),
    ]
    refuses_state(tmp_path, files.torch_arrays(vdsr), "VDSR")
    ffdnet = [weights.conv(3, 5, 8), weights.conv(3, 8, 8), weights.conv(3, 8, 4)]
    refuses_state(tmp_path, files.torch_arrays(ffdnet), r"it is an FFDNet.*conv 3x3 5->8")
    four_images = [weights.conv(3, 4, 8), weights.conv(3, 8, 8), weights.conv(3, 8, 4)]
    refuses_state(tmp_path, files.torch_arrays(four_images), "returns 4 channels")
    two_to_one = [weights.conv(3, 3, 8), weights.conv(3, 8, 8), weights.conv(3, 8, 1)]
    refuses_state(tmp_path, files.torch_arrays(two_to_one), "turns 3 channels into 1")
    broken = [weights.conv(3, 1, 8), weights.conv(3, 6, 8), weights.conv(3, 8, 1)]
    refuses_state(tmp_path, files.torch_arrays(broken), "takes 6 channels and is given 8")
    mixed = [weights.conv(3, 1, 8), weights.conv(5, 8, 8), weights.conv(3, 8, 8)]
    mixed.append(weights.conv(3, 8, 1))
    refuses_state(tmp_path, files.torch_arrays(mixed), r"sizes \[3, 5\]")
    classifier = {"fc.weight": np.zeros((10, 20), np.float32)}
    refuses_state(tmp_path, classifier, r"neither a convolution nor a batch norm.*\(10, 20\)")
    srresnet = {"conv.weight": np.zeros((8, 3, 9, 9), np.float32), "p.weight": np.zeros(1, "f4")}
    refuses_state(tmp_path, srresnet, "neither a convolution nor a batch norm")
    norms = files.torch_arrays([weights.norm(1), weights.norm(1)])
    refuses_state(tmp_path, norms, "none of our networks.*batch norm of 1")
    nan = files.torch_arrays(files.dncnn(3))
    nan["net.part0.0.weight"][0, 0, 0, 0] = np.nan
    refuses_state(tmp_path, nan, "not finite")


def test_several_networks(tmp_path):
    arrays = files.torch_arrays(files.dncnn(3))
    files.write_zip(tmp_path / "a", arrays, lambda state: {"25": state, "50": state})
    refuses(tmp_path / "a", "Found 2: '/25', '/50'")
    files.write_zip(tmp_path / "a", {}, lambda state: {"epoch": 3})
    refuses(tmp_path / "a", "Found 0")


def test_matlab_files(tmp_path):
    path, layers = tmp_path / "a.mat", files.dncnn(3)
    for write in (files.write_mat5, files.write_mat73):
        write(path, {"kernels": np.zeros((3, 3)), "sigma": 25.0})
        refuses(path, "no network with `layers`; its variables are: kernels, sigma")
        for change, match in (
            ({"type": "SubP"}, r"Layer 3 \(SubP\) is FFDNet's"),
            ({"dilate": 2.0}, r"Layer 3 \(conv\) is dilated"),
            ({"stride": 2.0}, "has a stride"),
            ({"pad": 0.0}, "padding"),
        ):
            structs = files.matconvnet_structs(layers)
            structs[2] = {**structs[2], **change}
            write(path, {"net": {"layers": structs}})
            refuses(path, match)
        concat = {"type": "concat", "name": "concat"}
        write(path, {"net": {"layers": [concat, *files.matconvnet_structs(layers)]}})
        refuses(path, r"Layer 1 \(concat\) must add one channel")
        write(path, {"net": {"layers": [*files.matconvnet_structs(layers), concat]}})
        refuses(path, r"\(concat\) is of a type that none of our networks have")
        structs = files.matconvnet_structs(layers)
        del structs[1]
        write(path, {"net": {"layers": structs}})
        refuses(path, "with a ReLU between them")
        for missing in (1, 2):
            structs = files.matconvnet_structs(files.dncnn(3, normed=True))
            norm = next(struct for struct in structs if struct["type"] == "bnorm")
            norm["weights"] = norm["weights"][:missing]
            write(path, {"net": {"layers": structs}})
            refuses(path, "must have three arrays of weights")
    files.write_mat5(path, {"net": {"layers": {"type": "dagnn.Conv"}}})
    refuses(path, "SimpleNN, not DagNN")


def test_keras_files(tmp_path):
    path, layers = tmp_path / "a.h5", files.dncnn(4, normed=True)
    for key, value, match in (
        ("strides", [2, 2], "strided"),
        ("dilation_rate", [2, 2], "dilated"),
        ("padding", "valid", "cropping"),
        ("activation", "tanh", "'tanh'"),
        ("name", 3, "config of the network is damaged"),
        ("epsilon", [], "config of the network is damaged"),
        ("epsilon", 10**400, "config of the network is damaged"),
    ):
        config = files.keras_config(layers)
        config["config"]["layers"][1]["config"][key] = value
        files.write_keras(path, layers, config)
        refuses(path, match)
    config = files.keras_config(layers)
    config["config"]["layers"][2]["class_name"] = "Lambda"
    files.write_keras(path, layers, config)
    refuses(path, "Lambda")
    files.write_keras(path, layers, files.keras_config(files.dncnn(5, normed=True)))
    refuses(path, "another network")
    files.write_keras(path, layers, config, where="beside")
    path.with_suffix(".json").write_text(json.dumps({"config": 3}))
    refuses(path, "config of the network is damaged")
    path.with_suffix(".json").unlink()
    with h5py.File(path, "w") as file:
        file["a"] = np.zeros(3)
    refuses(path, "no network")


def test_unknown_files(tmp_path):
    for content in (b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(2000), bytes(3000)):
        (tmp_path / "a").write_bytes(content)
        refuses(tmp_path / "a", "is neither a PyTorch state dict")
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("model.weights.h5", "")
    refuses(tmp_path / "a", "no PyTorch checkpoint")
    refuses(tmp_path, "is a folder")
    with pytest.raises(OSError):
        published.load(tmp_path / "missing.pth")
    with pytest.raises(ValueError, match="`batch_norm_epsilon`"):
        published.load(tmp_path / "a", batch_norm_epsilon=0)


def test_missing_packages_name_the_extra(tmp_path, monkeypatch):
    paths = {path.name: path for path in written(tmp_path / "files")}
    for module, name in (("h5py", "new.mat"), ("h5py", "keras.h5")):
        with monkeypatch.context() as patch:
            patch.setitem(__import__("sys").modules, module, None)
            with pytest.raises(ImportError, match=r"keras-restore\[published\]"):
                published.load(paths[name])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_plain_values_are_what_python_reads(protocol):
    """What is there twice is stored once, and found again by its number."""
    name, pair = "net.weight", (3, -70_000)
    value = {
        name: [pair, name, {"b": pair}],
        "c": (1.5, 2**40, None, True, False, (), [], {}, (1,)),
    }
    value["many"] = [f"layer{i}" for i in range(300)] + list(value)
    stream = io.BytesIO(pickle.dumps(value, protocol) + b"behind")
    assert read_pickle(stream) == value and stream.read() == b"behind"
