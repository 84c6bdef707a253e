"""The table of formats: what is written is what its engine reads and the card tells."""

import numpy as np
import pytest
from random_weights import randomize

from keras_restore import export, models, protocols
from keras_restore.export import FORMATS
from keras_restore.inference.engines import ENGINES
from keras_restore.inference.openvino_predictor import OpenVINOPredictor


def test_every_format_has_a_file_of_its_own():
    files = [form.file for form in FORMATS.values()]
    assert len(set(files)) == len(files)
    assert {form.engine for form in FORMATS.values()} == {*ENGINES} - {OpenVINOPredictor}


@pytest.mark.parametrize("name", ["keras", "saved_model", "onnx", "float32", "float16"])
def test_what_is_written_is_read_and_verified(tmp_path, name):
    if name == "onnx":
        pytest.importorskip("tf2onnx", reason="needs `pip install keras-restore[onnx]`")
    model = randomize(models.xdncnn(1, depth=3, filters=4, kernel_size=3))
    form = FORMATS[name]
    path, row = form.export(model, tmp_path, size=None)
    assert path == tmp_path / form.file and form.engine.reads(path)
    assert row["largest_difference"] < (1e-2 if name == "float16" else 1e-5)
    files = [file for file in [path, *path.rglob("*")] if file.is_file()]
    assert row["bytes"] == sum(len(file.read_bytes()) for file in files)


def test_a_format_takes_its_own_options_alone(tmp_path):
    model = models.dncnn(1, depth=3, filters=4)
    options = {"size": (16, 16), "calibration": None, "uint8": False}
    path, _ = FORMATS["float32"].export(model, tmp_path, **options)
    assert FORMATS["float32"].engine(path).size == (16, 16)
    path, _ = FORMATS["keras"].export(model, tmp_path, **options)
    assert FORMATS["keras"].engine(path).size is None


def test_every_format_with_an_engine_is_scored(tmp_path):
    model = models.dncnn(1, depth=3, filters=4)
    images = [("gray", np.full((20, 20, 1), 0.5, np.float32))]
    protocol = protocols.named("gray_sigma25")
    card = export.export_formats(
        model, tmp_path, ["keras", "saved_model"], images=images, protocol=protocol
    )
    for row in card.exports.values():
        assert abs(row["psnr_lost"]) < 1e-3


def test_a_writer_of_other_weights_is_found(tmp_path):
    model, other = (randomize(models.dncnn(1, depth=3, filters=4), seed=seed) for seed in range(2))
    wrong = export.Format("model.keras", lambda _, path: other.save(path), FORMATS["keras"].engine)
    assert wrong.export(model, tmp_path)[1]["largest_difference"] > 1e-3
