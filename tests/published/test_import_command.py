"""`keras-restore import` on made-up checkpoints."""

import hashlib
import json

import checkpoint_files as files
import keras
import numpy as np
import pytest

from keras_restore import cli, export

ARTIFACTS = {"model.keras", "saved_model", "model.tflite", "card.json"}


def write_checkpoint(folder):
    folder.mkdir(exist_ok=True)
    layers = files.xdncnn(3, filters=3, gate_size=5)
    files.write_zip(folder / "weights.pth", files.torch_arrays(layers))
    return folder / "weights.pth", layers


def import_(source, output, *more):
    return cli.main(["import", f"--source={source}", f"--output={output}", *more])


def test_writes_every_format_and_a_card(tmp_path, capsys):
    source, layers = write_checkpoint(tmp_path / "source")
    output = tmp_path / "models" / "mine"
    assert import_(source, output, "--sigma", "25", "--license=MIT, says the author") == 0
    assert {path.name for path in output.iterdir()} == ARTIFACTS
    assert [path.name for path in output.parent.iterdir()] == ["mine"]
    card = json.loads((output / "card.json").read_text())
    assert card["name"] == "mine" and card["sigma"] == [25.0]
    assert card["architecture"] == {
        **{"builder": "xdncnn", "depth": 3, "channels": 1, "filters": 3, "kernel_size": 5}
    }
    assert card["source"]["file"] == "weights.pth"
    assert card["source"]["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert card["license"] == "MIT, says the author"
    assert any("epsilon" in note for note in card["assumptions"])
    assert all(entry["largest_difference"] < 1e-5 for entry in card["files"].values())
    image = np.random.default_rng(0).uniform(size=(14, 9, 1)).astype(np.float32)
    model = keras.saving.load_model(output / "model.keras")
    np.testing.assert_allclose(model(image[None])[0], files.run(layers, image), atol=1e-5)
    assert "xdncnn(depth=3" in capsys.readouterr().out


def test_the_card_asks_for_the_license(tmp_path, monkeypatch):
    source, _ = write_checkpoint(tmp_path / "source")
    cards = []
    monkeypatch.setattr(
        export, "write_artifacts", lambda m, f, card: (f.mkdir(), cards.append(card))
    )
    assert import_(source, tmp_path / "out", "--upscale=3") == 0
    assert "Ask the authors" in cards[0].license
    assert (cards[0].upscale, cards[0].color) == (3, "luma")


@pytest.mark.parametrize("kind", ["hostile", "truncated", "other network", "missing"])
def test_a_refused_file_leaves_nothing(tmp_path, capsys, kind):
    source, _ = write_checkpoint(tmp_path / "source")
    if kind == "hostile":
        call = files.call(files.name("os", "system"), "echo")
        source.write_bytes(files.series_header() + files.pickled(call))
    elif kind == "truncated":
        source.write_bytes(source.read_bytes()[:-700])
    elif kind == "other network":
        files.write_zip(source, {"fc.weight": np.zeros((2, 2), np.float32)})
    else:
        source.unlink()
    (tmp_path / "models").mkdir()
    assert import_(source, tmp_path / "models" / "mine") == 2
    assert "weights.pth" in capsys.readouterr().err
    assert list((tmp_path / "models").iterdir()) == []


def test_an_export_that_fails_leaves_nothing(tmp_path, monkeypatch):
    source, _ = write_checkpoint(tmp_path / "source")
    (tmp_path / "models").mkdir()

    def half(model, folder, card):
        folder.mkdir()
        (folder / "model.keras").write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(export, "write_artifacts", half)
    assert import_(source, tmp_path / "models" / "mine") == 2
    assert list((tmp_path / "models").iterdir()) == []


def test_an_existing_folder_is_not_touched(tmp_path, capsys):
    source, _ = write_checkpoint(tmp_path / "source")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.txt").write_text("precious")
    assert import_(source, tmp_path / "mine") == 2
    assert "`--output`" in capsys.readouterr().err
    assert (tmp_path / "mine" / "work.txt").read_text() == "precious"


def test_a_missing_package_is_one_line(tmp_path, monkeypatch, capsys):
    layers = files.dncnn(3, filters=2)
    net = {"net": {"layers": files.matconvnet_structs(layers)}}
    files.write_mat73(tmp_path / "a.mat", net)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    assert import_(tmp_path / "a.mat", tmp_path / "mine") == 2
    assert "keras-restore[published]" in capsys.readouterr().err
