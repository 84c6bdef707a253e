"""ONNX files, where the extra `onnx` and onnxruntime are installed."""

import cases
import numpy as np
import pytest
from random_weights import randomize

from keras_restore import export

NAMES = ("dncnn", "xdncnn", "red10", "xsrresnet", "denoising_unet")


def test_the_extra_is_named_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r"keras-restore\[onnx\]"):
        export.onnx(cases.MODELS[0].make(), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "case", [case for case in cases.MODELS if case.name in NAMES], ids=lambda case: case.name
)
def test_batches_of_any_size_agree(case, tmp_path):
    pytest.importorskip("tf2onnx", reason="needs `pip install keras-restore[onnx]`")
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    model = randomize(case.make())
    export.onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(
        tmp_path / "model.onnx", providers=["CPUExecutionProvider"]
    )
    for shape in ((1, 24, 24), (2, 13, 18), (1, 1, 5)):
        images = np.random.default_rng(0).random((*shape, case.channels), np.float32)
        (restored,) = session.run(["restored"], {"degraded": images})
        expected = np.asarray(model(images))
        tolerance = 1e-5 * max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(restored, expected, rtol=0, atol=tolerance)
