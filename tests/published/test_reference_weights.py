"""The authors' own files, where this machine has them."""

import h5py
import numpy as np
import pytest
import reference_networks as reference

from keras_restore import data, published

XDNCNN = "xdncnn_res_f64k3k9_s25.pkl"
FILES = {
    XDNCNN: ("xdncnn", {"depth": 9, "kernel_size": 9}, 304_641),
    "xsrcnnf_s3_k9k3k5.pkl": ("xsrcnn_f", {"kernel_sizes": (9, 3, 5)}, 32_769),
    "xsrcnnc_s3_c42c32.pkl": ("xsrcnn_c", {"filters": (42, 32)}, 44_241),
    "dncnn_matconvnet_sigma25.mat": ("dncnn", {"depth": 17, "batch_norm": False}, 556_097 - 960),
    "dncnn_kair_sigma25.pth": ("dncnn", {"depth": 17, "batch_norm": False}, 556_097 - 960),
    "dncnn_keras_sigma25.h5": ("dncnn", {"depth": 17}, 556_097),
}


def noisy_crop(shared_data, size=28):
    pixels = data.read_image(sorted((shared_data / "test" / "Set12").glob("*.png"))[0])
    clean = data.to_float(pixels)[60 : 60 + size, 60 : 60 + size + 3]
    noise = np.random.default_rng(0).normal(0, 25 / 255, clean.shape)
    return (clean + noise).astype(np.float32), clean


@pytest.mark.parametrize("name", FILES)
def test_recognized_by_structure(reference_weights, tmp_path, name):
    """Under another name, so that the name cannot help."""
    builder, arguments, parameters = FILES[name]
    path = tmp_path / "renamed"
    path.write_bytes((reference_weights / name).read_bytes())
    if name.endswith(".h5"):
        path.with_suffix(".json").write_bytes(
            (reference_weights / name).with_suffix(".json").read_bytes()
        )
    architecture = published.recognize(published.read(path))
    assert architecture.family == builder
    assert arguments.items() <= architecture.arguments.items()
    model = architecture.build()
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == parameters


def test_weights_of_the_matlab_file(reference_weights):
    """Against HDF5 read by hand: reversed axes, and the lost one of the last layer."""
    path = reference_weights / "dncnn_matconvnet_sigma25.mat"
    model = published.load(path)
    with h5py.File(path, "r") as file:
        for layer, number in ((0, 1), (16, 9), (32, 17)):
            cell = file[file["net/layers"][layer, 0]]["weights"]
            kernel, bias = (file[cell[i, 0]][()] for i in (0, 1))
            kernel = kernel if kernel.ndim == 4 else kernel[None]
            found = model.get_layer(f"conv{number}").get_weights()
            np.testing.assert_array_equal(found[0], kernel.transpose(3, 2, 1, 0))
            np.testing.assert_array_equal(found[1], bias[0])


def test_denoises(reference_weights, shared_data):
    """All four DnCNN and xDnCNN files remove most of the noise; the keras one is as published."""
    noisy, clean = noisy_crop(shared_data, 60)
    for name in FILES:
        if "xsrcnn" in name or name.endswith(".h5"):
            continue
        restored = np.asarray(published.load(reference_weights / name)(noisy[None])[0])
        assert np.mean((restored - clean) ** 2) < 0.25 * np.mean((noisy - clean) ** 2), name


def test_xdncnn_layer_by_layer(reference_weights, shared_data):
    """The trained network against NumPy.

    The image agrees to 1e-5. Hidden layers of this network reach values of 200, and its gates
    are steep, so there float32 is measured against each layer's largest value.
    """
    import keras

    model = published.load(reference_weights / XDNCNN)
    noisy, _ = noisy_crop(shared_data)
    expected = reference.xnet(
        noisy.astype(np.float64),
        lambda name: [np.asarray(w) for w in model.get_layer(name).weights],
        depth=9,
        cell_norm=True,
    )
    outputs = {name: model.get_layer(name).output for name in expected}
    found = keras.Model(model.input, outputs)(noisy[None])
    for name, values in expected.items():
        difference = np.abs(found[name][0] - values).max()
        assert difference < (1e-5 if name == "restored" else 1e-4 * np.abs(values).max()), name
