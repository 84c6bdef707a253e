"""The step of every run over many files."""

import dataclasses
import hashlib
import pickle

import numpy as np
import pytest
from made_pictures import picture
from made_predictors import Blur
from PIL import Image

from keras_restore import models
from keras_restore.inference import Row, restore, restore_one


@pytest.fixture
def model(tmp_path):
    """Path of a tiny model's file."""
    path = tmp_path / "model.keras"
    models.xnet(depth=2, filters=2, kernel_size=3).save(path)
    return path


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(picture(20, 30, 1)[..., 0]).save(path)
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_row_of_facts(tmp_path, model, photo):
    target = tmp_path / "new" / "restored.png"
    pixels = []
    row = restore_one(photo, target, model, progress=pixels.append)
    assert (row.input, row.output, row.status) == (str(photo), str(target), "restored")
    assert row.result == sha256(target) and row.seconds >= 0 and sum(pixels) == 600
    np.testing.assert_array_equal(np.asarray(Image.open(target)), restore(photo, model))
    assert pickle.loads(pickle.dumps(row)) == row


def test_once(tmp_path, model, photo):
    target = tmp_path / "restored.png"
    first = restore_one(photo, target, model)
    before = target.stat().st_mtime_ns
    again = dataclasses.replace(first, status="already there")
    assert restore_one(photo, target, model, known=[first]) == again
    assert restore_one(photo, target, model, known=[first], overwrite=True) == again
    assert restore_one(photo, target, model).status == "already there"
    assert target.stat().st_mtime_ns == before


def test_a_map_of_noise_levels_is_part_of_the_digest(tmp_path, photo):
    model, target = tmp_path / "told.keras", tmp_path / "restored.png"
    models.fdncnn(1, depth=2, filters=2).save(model)
    level = np.full((20, 30), 10.0)
    first = restore_one(photo, target, model, sigma=level)
    again = restore_one(photo, target, model, known=[first], overwrite=True, sigma=level.copy())
    assert (again.status, again.digest) == ("already there", first.digest)
    level[3, 4] = 11.0
    assert restore_one(photo, target, model, overwrite=True, sigma=level).digest != first.digest


@pytest.mark.parametrize("what", ["input", "model", "option", "result"])
def test_what_changed_is_restored_again(tmp_path, model, photo, what):
    target = tmp_path / "restored.png"
    first = restore_one(photo, target, model, strength=0.5)
    strength = 0.5
    if what == "input":
        Image.fromarray(picture(20, 30, 1, seed=7)[..., 0]).save(photo)
    elif what == "model":
        other = models.xnet(depth=2, filters=3, kernel_size=3)
        other.save(model)
    elif what == "option":
        strength = 0.25
    else:
        Image.fromarray(picture(20, 30, 1, seed=7)[..., 0]).save(target)
    content = target.read_bytes()
    stale = restore_one(photo, target, model, known=[first], strength=strength)
    assert stale.status == "already there" and "made from another" in stale.notes[0]
    assert target.read_bytes() == content
    row = restore_one(photo, target, model, known=[first], overwrite=True, strength=strength)
    assert row.status == "restored" and row.result == sha256(target)
    assert (row.digest == first.digest) == (what == "result")


def test_a_failure_is_a_row(tmp_path, photo):
    poison = tmp_path / "poison.png"
    poison.write_bytes(photo.read_bytes()[:60])
    target = tmp_path / "restored.png"
    row = restore_one(poison, target, Blur())
    assert row.status == "failed" and "damaged" in row.reason and not target.exists()
    assert row == Row(str(poison), str(target), "failed", row.reason)
    row = restore_one(tmp_path / "none.png", target, Blur())
    assert row.reason == f"No such file or directory: {tmp_path / 'none.png'}"

    def too_long(pixels):
        raise TimeoutError("took longer than 1 s")

    assert restore_one(photo, target, Blur(), progress=too_long).reason == "took longer than 1 s"
    assert not list(tmp_path.glob(".*"))


def test_no_such_model(tmp_path, photo):
    with pytest.raises(ValueError, match="must be the name of a shipped model"):
        restore_one(photo, tmp_path / "restored.png", "none")


def test_a_model_in_memory_has_no_digest(tmp_path, photo):
    target = tmp_path / "restored.png"
    row = restore_one(photo, target, Blur())
    assert row.digest is None and row.result == sha256(target)
    known = dataclasses.replace(row, digest=None)
    assert restore_one(photo, target, Blur(), known=[known], overwrite=True).status == "restored"
