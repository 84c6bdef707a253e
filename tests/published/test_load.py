"""Made-up checkpoints of the families' structures, in the authors' formats, load exactly."""

import checkpoint_files as files
import keras
import numpy as np
import pytest

from keras_restore import published
from keras_restore.models.noise_level import takes_sigma

SIZE = (12, 11)


def image_of(channels, seed=9):
    return np.random.default_rng(seed).uniform(size=(*SIZE, channels)).astype(np.float32)


def check(path, layers, builder, epsilon=1e-5, residual=True, channels=None, **kwargs):
    """The loaded model gives what NumPy gives with the weights that were written."""
    architecture = published.recognize(published.read(path, **kwargs))
    assert architecture.family == builder
    model = published.load(path, **kwargs)
    image = x = image_of(model.inputs[0].shape[-1])[None]
    if takes_sigma(model):
        x = {"degraded": image, "sigma": np.full((1, 1, 1, 1), 50, np.float32)}
        image = np.concatenate([image, np.full_like(image[..., :1], 50 / 255)], axis=-1)
    expected = files.run(layers, image[0], epsilon, residual)
    assert np.std(expected) > 1e-3
    np.testing.assert_allclose(model(x)[0], expected, atol=1e-5)
    return architecture.arguments, model


# Structures that are published, but not in the files that the importer was written with.
TORCH = {
    "DnCNN-3, blind: depth 20, merged": (files.dncnn(20), "dncnn"),
    "CDnCNN-B: depth 20, colour, merged": (files.dncnn(20, 3), "dncnn"),
    "DnCNN-S: depth 17, batch norm": (files.dncnn(17, normed=True), "dncnn"),
    "KAIR's training: batch norm and biases": (files.dncnn(17, normed=True, bias=True), "dncnn"),
    "CDnCNN, batch norm": (files.dncnn(20, 3, normed=True), "dncnn"),
    "xDnCNN of another sigma": (files.xdncnn(9, seed=5), "xdncnn"),
    "xDnCNN for rain, colour": (files.xdncnn(9, 3), "xdncnn"),
    "xNet": (files.xdncnn(4, gate_size=5, cell_norm=False), "xnet"),
}
DIRECT = {
    "xSRCNN-f x4": (files.xsrcnn((8, 6), (9, 3, 5), seed=4), "xsrcnn_f"),
    "xSRCNN-c x4": (files.xsrcnn((7, 6), (9, 5, 5), seed=4), "xsrcnn_c"),
    "FDnCNN gray": (files.dncnn(20, 1, inputs=2), "fdncnn"),
    "FDnCNN colour": (files.dncnn(20, 3, inputs=4), "fdncnn"),
    "FDnCNN with batch norm": (files.dncnn(6, 1, normed=True, inputs=2), "fdncnn"),
}


@pytest.mark.parametrize("form", ["v1", "v2", "zip"])
@pytest.mark.parametrize("name", [*TORCH, *DIRECT])
def test_pytorch(tmp_path, name, form):
    layers, builder = {**TORCH, **DIRECT}[name]
    path = tmp_path / "weights.bin"
    if form == "zip":
        files.write_zip(path, files.torch_arrays(layers, counter=True))
    else:
        files.write_series(path, files.torch_arrays(layers), form, metadata=form == "v2")
    arguments, model = check(path, layers, builder, residual=name in TORCH)
    assert arguments["channels"] == model.output_shape[-1]
    if "depth" in arguments:
        assert arguments["depth"] == sum(isinstance(layer, files.Conv) for layer in layers)
    assert ("batch norm" in published.read(path).describe()) == any(
        isinstance(layer, files.Norm) for layer in layers
    )


def test_srcnn_is_direct(tmp_path):
    weights = files.Weights()
    layers = [weights.conv(9, 1, 8), weights.conv(5, 8, 6), weights.conv(5, 6, 1)]
    files.write_zip(tmp_path / "a", files.torch_arrays(layers))
    check(tmp_path / "a", layers, "srcnn", residual=False)


def test_conv_net(tmp_path):
    weights = files.Weights()
    layers = [weights.conv(3, 1, 8, False), weights.norm(8), weights.conv(3, 8, 8), weights.norm(8)]
    layers.append(weights.conv(3, 8, 1))
    files.write_zip(tmp_path / "a", files.torch_arrays(layers))
    check(tmp_path / "a", layers, "conv_net")


@pytest.mark.parametrize("epsilon", [1e-4, 1e-2])
def test_epsilon_of_the_batch_norms(tmp_path, epsilon):
    layers = files.dncnn(5, normed=True)
    for layer in layers:
        if isinstance(layer, files.Norm):
            layer.variance *= 1e-2
            layer.gamma *= 0.1
    files.write_zip(tmp_path / "a", files.torch_arrays(layers))
    check(tmp_path / "a", layers, "dncnn", epsilon, batch_norm_epsilon=epsilon)


def test_byte_order_of_a_series(tmp_path, monkeypatch):
    """Only one that says so is refused; PyTorch itself reads over the entry."""
    layers, start = files.dncnn(3), files.pickled(0x1950A86A20F9469CFC6C) + files.pickled(1001)
    for system in ({"little_endian": False}, {}):
        monkeypatch.setattr(files, "series_header", lambda s=system: start + files.pickled(s))
        files.write_series(tmp_path / "a", files.torch_arrays(layers))
        if system:
            with pytest.raises(ValueError, match="big-endian"):
                published.load(tmp_path / "a")
    check(tmp_path / "a", layers, "dncnn")


@pytest.mark.parametrize("key", ["state_dict", "params"])
def test_training_checkpoint(tmp_path, key):
    layers = files.dncnn(4)
    files.write_zip(
        tmp_path / "a", files.torch_arrays(layers), lambda state: {"epoch": 50, key: state}
    )
    check(tmp_path / "a", layers, "dncnn")


def test_half_precision_and_views(tmp_path):
    """Tensors may be stored in 16 bits, and be transposed views of larger storages."""
    layers = files.dncnn(3)
    for layer in layers:
        layer.kernel = layer.kernel.astype(np.float16)
        layer.bias = layer.bias.astype(np.float16)
    arrays = files.torch_arrays(layers)
    files.write_series(tmp_path / "a", arrays)
    check(tmp_path / "a", layers, "dncnn")
    keys = [str(i) for i in range(len(arrays))]
    contents = [a.tobytes() for a in arrays.values()]
    arrays["net.part0.0.weight"] = arrays["net.part0.0.weight"].transpose(0, 1, 3, 2)
    assert not arrays["net.part0.0.weight"].flags.c_contiguous
    state = {
        k: files.tensor(a, i, storage="HalfStorage")
        for i, (k, a) in zip(keys, arrays.items(), strict=True)
    }
    content = files.series_header() + files.pickled(files.ordered_dict(state))
    content += files.pickled(keys)
    for a, data in zip(arrays.values(), contents, strict=True):
        content += a.size.to_bytes(8, "little") + data
    (tmp_path / "b").write_bytes(content)
    layers[0].kernel = layers[0].kernel.transpose(1, 0, 2, 3)
    check(tmp_path / "b", layers, "dncnn")


MAT = {
    "merged, gray": (files.dncnn(17), "dncnn"),
    "DnCNN-3": (files.dncnn(20, seed=3), "dncnn"),
    "merged, colour": (files.dncnn(20, 3), "dncnn"),
    "batch norm and biases": (files.dncnn(6, 3, normed=True, bias=True), "dncnn"),
    "batch norm": (files.dncnn(6, normed=True), "dncnn"),
    "noise level channel": (files.dncnn(7, inputs=2), "fdncnn"),
}


@pytest.mark.parametrize("write", [files.write_mat73, files.write_mat5])
@pytest.mark.parametrize("name", MAT)
def test_matconvnet(tmp_path, name, write):
    layers, builder = MAT[name]
    write(tmp_path / "a.mat", {"net": {"layers": files.matconvnet_structs(layers)}})
    arguments, _ = check(tmp_path / "a.mat", layers, builder, 1e-4, residual=builder == "dncnn")
    if builder == "dncnn":
        assert arguments.get("batch_norm", True) == ("batch norm" in name)


@pytest.mark.parametrize("write", [files.write_mat73, files.write_mat5])
@pytest.mark.parametrize("channels", [1, 3])
def test_fdncnn_of_its_authors(tmp_path, channels, write):
    """Whose first layer has no weights."""
    layers = files.dncnn(5, channels, inputs=channels + 1)
    structs = [{"type": "concat", "name": "concat"}, *files.matconvnet_structs(layers)]
    write(tmp_path / "a.mat", {"net": {"layers": structs}})
    arguments, _ = check(tmp_path / "a.mat", layers, "fdncnn", residual=False)
    assert arguments["channels"] == channels


def test_channels_without_variance(tmp_path):
    """Their deviation is less than the root of our epsilon: gamma makes up for the difference."""
    structs = files.matconvnet_structs(files.dncnn(3, normed=True))
    gamma, _, moments = next(s["weights"] for s in structs if s["type"] == "bnorm")
    moments[0, 1] = 1e-4
    files.write_mat5(tmp_path / "a.mat", {"net": {"layers": structs}})
    layers = published.load(tmp_path / "a.mat").layers
    norm = next(layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization))
    variance = np.asarray(norm.moving_variance)
    assert variance[0] == 0 and (variance > 0)[1:].all()
    factor = np.asarray(norm.gamma) / np.sqrt(variance + norm.epsilon)
    np.testing.assert_allclose(factor, gamma[:, 0] / moments[:, 1], rtol=1e-4)


def test_matconvnet_loss_layer_at_the_end(tmp_path):
    layers = files.dncnn(4)
    structs = [*files.matconvnet_structs(layers), {"type": "loss", "name": "loss"}]
    files.write_mat5(tmp_path / "a.mat", {"net": {"layers": structs}, "epoch": 3.0})
    check(tmp_path / "a.mat", layers, "dncnn")


@pytest.mark.parametrize("where", ["file", "beside"])
@pytest.mark.parametrize("epsilon", [1e-3, 1e-4])
def test_keras(tmp_path, where, epsilon):
    layers = files.dncnn(6, normed=True)
    files.write_keras(tmp_path / "a.h5", layers, files.keras_config(layers, epsilon=epsilon), where)
    check(tmp_path / "a.h5", layers, "dncnn", epsilon)


def test_keras_without_config(tmp_path):
    layers = files.dncnn(6, 3, normed=True)
    files.write_keras(tmp_path / "a.h5", layers)
    check(tmp_path / "a.h5", layers, "dncnn", 1e-3)
    assert any("no config" in note for note in published.read(tmp_path / "a.h5").assumptions)


def test_keras_network_without_the_subtraction(tmp_path):
    layers = files.dncnn(5, normed=True)
    files.write_keras(tmp_path / "a.h5", layers, files.keras_config(layers, residual=None))
    check(tmp_path / "a.h5", layers, "dncnn", 1e-3, residual=False)


def test_keras_network_that_adds(tmp_path):
    layers = files.dncnn(5)
    files.write_keras(tmp_path / "a.h5", layers, files.keras_config(layers, residual="Add"))
    model = published.load(tmp_path / "a.h5")
    image = image_of(1)
    expected = image + files.run(layers, image, residual=False)
    np.testing.assert_allclose(model(image[None])[0], expected, atol=1e-5)


def test_ircnn_lookalike_is_noted(tmp_path):
    layers = files.dncnn(7)
    files.write_zip(tmp_path / "a", files.torch_arrays(layers))
    notes = published.recognize(published.read(tmp_path / "a")).notes
    assert any("IRCNN" in note for note in notes)
