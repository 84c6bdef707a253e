"""Folders to image sets."""

import numpy as np
import pytest
from PIL import Image

from keras_restore import data


@pytest.fixture
def folder(tmp_path):
    generator = np.random.default_rng(0)
    (tmp_path / "sub").mkdir()
    for name, size in {"b.png": (20, 30), "sub/a.png": (25, 17), "small.png": (8, 40)}.items():
        Image.fromarray(generator.integers(0, 256, (*size, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / ".hidden.png").write_bytes(b"")
    return tmp_path


def test_skips_counts_and_names(folder):
    images = data.ImageSet.from_folder(folder, min_size=16)
    assert images.names == ("b.png", "a.png")
    assert [name.rsplit("/", 1)[-1] for name, _ in images.skipped] == [
        *("empty.png", "notes.txt", "small.png")
    ]
    text = data.describe_skipped(images.skipped)
    assert text.startswith("3 skipped") and "8 x 40 is smaller than 16" in text


def test_images_come_back_as_they_were(folder):
    images = data.ImageSet.from_folder(folder)
    for name, image in images:
        path = next(folder.rglob(name))
        expected = np.asarray(Image.open(path), np.float32) / 255
        np.testing.assert_array_equal(image, expected)


def test_names_choose_files(folder):
    assert data.ImageSet.from_folder(folder, "gray", names={"a.png"}).names == ("a.png",)


def test_sixteen_bits_raise_the_whole_set():
    deep = np.full((4, 4, 1), 1000, np.uint16)
    images = data.ImageSet([("deep", deep), ("eight", np.full((4, 4, 1), 128, np.uint8))])
    np.testing.assert_allclose(images[0][1], 1000 / 65535, rtol=1e-6)
    np.testing.assert_allclose(images[1][1], 128 / 255, rtol=1e-6)


def test_nothing_usable(tmp_path):
    with pytest.raises(ValueError, match="empty"):
        data.ImageSet.from_folder(tmp_path)
    (tmp_path / "broken.jpg").write_bytes(b"123")
    with pytest.raises(ValueError, match="1 skipped.*broken.jpg"):
        data.ImageSet.from_folder(tmp_path)
    with pytest.raises(FileNotFoundError, match="absent"):
        data.ImageSet.from_folder(tmp_path / "absent")
