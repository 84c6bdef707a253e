"""The folder of a finished model, its card, and the export command."""

import json

import keras
import numpy as np
import pytest
from PIL import Image
from random_weights import randomize

from keras_restore import cli, export, models
from keras_restore.evaluation import candidate
from keras_restore.export import artifacts
from keras_restore.inference import Card, open_predictor, read_card, restore
from keras_restore.inference.litert_predictor import LiteRTPredictor


@pytest.fixture(scope="module")
def model():
    return randomize(models.xdncnn(1, depth=3, filters=4, kernel_size=3))


def test_artifacts_and_card(model, tmp_path):
    folder = tmp_path / "mine"
    card = export.write_artifacts(model, folder, Card(task="denoising"))
    names = ["card.json", "model.keras", "model.tflite", "saved_model"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert card == read_card(folder)
    values = json.loads((folder / "card.json").read_text())
    assert values["task"] == "denoising"
    geometry = [values[key] for key in ("channels", "scale", "multiple", "halo", "value_range")]
    assert geometry == [1, 1, 1, 5, [0, 1]]
    assert card.files["model.tflite"]["bytes"] == (folder / "model.tflite").stat().st_size
    for name in names[1:]:
        assert card.files[name]["largest_difference"] < 1e-5
        assert export.verify(model, folder / name) < 1e-5


def test_artifacts_of_a_model_in_mixed_precision(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = models.dncnn(1, depth=3, filters=4)
    finally:
        keras.config.set_dtype_policy("float32")
    card = export.write_artifacts(model, tmp_path)
    assert max(file["largest_difference"] for file in card.files.values()) < 1e-5
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert {layer.compute_dtype for layer in loaded.layers} == {"float32"}


def test_a_model_of_several_frames(tmp_path):
    """Every form knows how many, a clip's window gives the same, and a picture is refused."""
    model = randomize(models.xdncnn(1, depth=3, filters=4, kernel_size=3, frames=3))
    card = export.write_artifacts(model, tmp_path)
    assert (card.geometry["channels"], card.geometry["frames"]) == (1, 3)
    assert max(file["largest_difference"] for file in card.files.values()) < 1e-5
    picture = np.random.default_rng(0).random((20, 30, 3), np.float32)
    for engine in ("keras", "litert", "saved_model"):
        predictor = open_predictor(tmp_path, engine)
        assert (predictor.channels, predictor.frames) == (1, 3)
        np.testing.assert_allclose(predictor(picture[None]), model(picture[None]), atol=1e-5)
        with pytest.raises(ValueError, match="a frame of a clip from 3"):
            restore(picture, predictor)
    with pytest.raises(ValueError, match="a frame of a clip from 3"):
        candidate(str(tmp_path))


def test_a_model_that_takes_sigma(tmp_path):
    model = randomize(models.fxdncnn(1, depth=3, filters=4, kernel_size=3))
    card = export.write_artifacts(model, tmp_path)
    assert card.geometry["takes_sigma"] is True
    assert max(file["largest_difference"] for file in card.files.values()) < 1e-5
    image = np.random.default_rng(0).random((1, 20, 14, 1), np.float32)
    file = LiteRTPredictor(tmp_path / "model.tflite")
    for sigma in (0, 60):
        level = np.full((1, 1, 1, 1), sigma, np.float32)
        expected = model({"degraded": image, "sigma": level})
        np.testing.assert_allclose(file(image, sigma), expected, atol=1e-5)
    assert np.abs(file(image, 0) - file(image, 60)).max() > 1e-4
    with pytest.raises(ValueError, match="one number.*takes no map"):
        restore(image[0], file, sigma=np.full((20, 14), 9.0))
    with pytest.raises(ValueError, match="no integer form"):
        export.tflite(model, tmp_path / "a.tflite", "int8", calibration=[image])


def test_verify_finds_a_file_of_other_weights(model, tmp_path):
    path = tmp_path / "model.tflite"
    export.tflite(model, path)
    other = randomize(models.xdncnn(1, depth=3, filters=4, kernel_size=3), seed=1)
    assert export.verify(other, path) > 1e-3


def test_verify_does_not_pass_over_nan(tmp_path):
    model = randomize(models.dncnn(1, depth=3, filters=4))
    kernel = model.get_layer("conv3").kernel
    kernel.assign(np.full(kernel.shape, np.nan))
    export.tflite(model, tmp_path / "model.tflite")
    assert np.isnan(export.verify(model, tmp_path / "model.tflite"))


def test_the_memory_of_a_file_grows_with_the_image(model, tmp_path):
    export.tflite(model, tmp_path / "model.tflite")
    small, large = (
        export.measure(tmp_path / "model.tflite", (size, size), 1)["peak_mib"]
        for size in (64, 1024)
    )
    # 4 features of 1024x1024 alone are 16 MiB.
    assert large > small + 16
    assert large < 1000


def test_a_file_carries_its_geometry(tmp_path):
    model = models.srresnet(3, scale=2, blocks=1, filters=4)
    export.tflite(model, tmp_path / "x2.tflite")
    predictor = LiteRTPredictor(tmp_path / "x2.tflite")
    assert (predictor.channels, predictor.scale, predictor.multiple) == (3, 2, 1)


@pytest.fixture
def saved(model, tmp_path):
    model.save(tmp_path / "small.keras")
    folder = tmp_path / "images"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    Image.fromarray(pixels).save(folder / "a.png")
    return tmp_path


def test_export_command(saved, capsys):
    arguments = [f"--model={saved / 'small.keras'}", f"--output={saved / 'out'}"]
    arguments += ["--formats=float32,int8,saved_model", f"--calibration={saved / 'images'}"]
    arguments += [f"--data={saved / 'images'}", "--protocol=gray_sigma25"]
    assert cli.main(["export", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["format", "file", "kB"]
    assert [line.split()[0] for line in lines[1:4]] == ["float32", "int8", "saved_model"]
    card = json.loads((saved / "out" / "card.json").read_text())
    rows = card["exports"]
    assert abs(rows["float32"]["psnr_lost"]) < 1e-3
    assert rows["float32"]["largest_difference"] < 1e-5
    assert rows["int8"]["operations"]["CONV_2D"] == 3
    assert rows["int8"]["milliseconds_per_megapixel"] > 0
    assert card["exports_protocol"]["name"] == "gray_sigma25"
    assert card["machine"]


@pytest.mark.parametrize(
    "options, message",
    [
        (["--formats=int4"], "`formats` must be some of"),
        (["--size=12"], "--size must be HEIGHTxWIDTH"),
        (["--protocol=gray_sigma25"], "--data and --protocol go together"),
    ],
)
def test_bad_options_of_the_command(saved, capsys, options, message):
    arguments = [f"--model={saved / 'small.keras'}", f"--output={saved / 'out'}", *options]
    assert cli.main(["export", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (saved / "out").exists()


def test_a_refused_format_is_reported(saved, capsys):
    arguments = [f"--model={saved / 'small.keras'}", f"--output={saved / 'out'}"]
    assert cli.main(["export", *arguments, "--formats=float32,int8"]) == 1
    assert "int8 refused: `calibration` must be given" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "reason"), [("Traceback\nno space left\n\n", "no space left$"), ("", "status 3$")]
)
def test_a_failed_process_of_tensorflow_is_reported(model, tmp_path, monkeypatch, said, reason):
    source = f"import sys; sys.stderr.write({said!r}); sys.exit(3)"
    monkeypatch.setattr(artifacts, "AGAIN", source)
    with pytest.raises(ValueError, match=f"model.keras is written; .* are not: {reason}"):
        artifacts._under_tensorflow(model, tmp_path, None)
    assert (tmp_path / "model.keras").is_file()
