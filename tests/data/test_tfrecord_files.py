"""Sharded TFRecord files hold what was in the folder."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_restore.data.tfrecord_files import read_tfrecords, write_tfrecords


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "images"
    (path / "deeper").mkdir(parents=True)
    generator = np.random.default_rng(0)
    for i in range(4):
        pixels = generator.integers(0, 256, (9 + i, 12, 3), np.uint8)
        Image.fromarray(pixels).save(path / f"{i}.png")
    deep = generator.integers(0, 65536, (10, 11)).astype(np.uint16)
    Image.fromarray(deep).save(path / "deeper" / "deep.png")
    return path


def test_round_trip_in_order_and_at_full_depth(folder, tmp_path):
    manifest = write_tfrecords(folder, tmp_path / "records", shards=2)
    assert manifest == {"images": 5, "shards": 2, "skipped": []}
    names = sorted(p.name for p in (tmp_path / "records").iterdir())
    assert names == [
        "images-00000-of-00002.tfrecord",
        "images-00001-of-00002.tfrecord",
        "manifest.json",
    ]
    found = [(n.numpy().decode(), i.numpy()) for n, i in read_tfrecords(tmp_path / "records", 3)]
    assert [name for name, _ in found] == ["0.png", "1.png", "2.png", "3.png", "deeper/deep.png"]
    for name, image in found:
        pixels = np.asarray(Image.open(folder / name))
        peak = np.iinfo(pixels.dtype).max
        expected = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
        np.testing.assert_allclose(image, expected / peak, atol=1e-7)


def test_gray(folder, tmp_path):
    write_tfrecords(folder, tmp_path / "records", shards=1)
    for name, image in read_tfrecords(tmp_path / "records", 1):
        with Image.open(folder / name.numpy().decode()) as file:
            pixels = np.asarray(file, np.float64)
        if pixels.ndim == 3:
            pixels = pixels @ [0.2989, 0.5870, 0.1140] / 255
            np.testing.assert_allclose(image[..., 0], pixels, atol=1e-4)
        else:
            np.testing.assert_allclose(image[..., 0], pixels / 65535, atol=1e-7)


def test_broken_files_are_skipped_counted_and_named(folder, tmp_path):
    (folder / "broken.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("hello")
    Image.new("RGB", (4, 4)).save(folder / "small.png")
    write_tfrecords(folder, tmp_path / "records", shards=1, min_size=8)
    manifest = json.loads((tmp_path / "records/manifest.json").read_text())
    assert manifest["images"] == 5
    reasons = {path.rsplit("/", 1)[1]: reason for path, reason in manifest["skipped"]}
    assert "not a readable image" in reasons["broken.jpg"]
    assert "not an image file" in reasons["notes.txt"]
    assert "smaller than 8 pixels" in reasons["small.png"]


def test_bad_input(folder, tmp_path):
    with pytest.raises(FileExistsError, match="is not empty"):
        write_tfrecords(folder, folder)
    with pytest.raises(ValueError, match="`shards` must be a positive integer"):
        write_tfrecords(folder, tmp_path / "records", shards=0)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no usable image"):
        write_tfrecords(tmp_path / "empty", tmp_path / "records")
    with pytest.raises(ValueError, match="did not finish"):
        read_tfrecords(tmp_path / "records", 3)
    write_tfrecords(folder, tmp_path / "records", shards=2)
    (tmp_path / "records/images-00000-of-00002.tfrecord").unlink()
    with pytest.raises(ValueError, match="must hold 2 shards. Received: 1"):
        read_tfrecords(tmp_path / "records", 3)
