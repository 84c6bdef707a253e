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


def test_names_may_have_folders_and_no_suffix(folder):
    assert data.ImageSet.from_folder(folder, names=["sub/a"]).names == ("a.png",)
    assert data.ImageSet.from_folder(folder, leave_out=["a", "small"]).names == ("b.png",)


def test_luma_is_matlabs_of_color_files_and_gray_files_stay(tmp_path):
    pixels = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(np.array([[7, 200]], np.uint8)).save(tmp_path / "b.png")
    images = data.ImageSet.from_folder(tmp_path, "luma")
    np.testing.assert_allclose(images[0][1][..., 0] * 255, [[235, 16, 81]], atol=1e-4)
    np.testing.assert_allclose(images[1][1][..., 0] * 255, [[7, 200]], atol=1e-4)
    with pytest.raises(ValueError, match="color=5"):
        data.ImageSet.from_folder(tmp_path, 5)


def test_pairs_are_cut_alike(tmp_path):
    generator = np.random.default_rng(0)
    for name in ("clean", "noisy"):
        (tmp_path / name).mkdir()
    for i in range(3):
        clean = generator.integers(0, 128, (20, 24, 3), np.uint8)
        Image.fromarray(clean).save(tmp_path / "clean" / f"{i}.png")
        Image.fromarray(clean + 100).save(tmp_path / "noisy" / f"{i}.png")
    images = data.ImageSet.from_pairs(tmp_path)
    dataset = data.training_dataset(images, data.split_pairs, 8, 4, seed=0)
    degraded, clean = next(iter(dataset))
    assert clean.shape == (4, 8, 8, 3)
    np.testing.assert_allclose(degraded - clean, 100 / 255, atol=1e-6)
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "noisy" / "2.png")
    assert "another size" in data.ImageSet.from_pairs(tmp_path).skipped[0][1]
    with pytest.raises(ValueError, match="clean or target and one of"):
        data.ImageSet.from_pairs(tmp_path / "clean")


@pytest.mark.parametrize(
    "names",
    [
        ("{}_mean.png", "{}_real.png"),
        ("{}_GT_SRGB.png", "{}_NOISY_SRGB.png"),
        ("deep/clean {}.png", "deep/degraded {}.png"),
    ],
)
def test_pairs_side_by_side(tmp_path, names):
    generator = np.random.default_rng(0)
    (tmp_path / "deep").mkdir()
    for i in range(3):
        clean = generator.integers(0, 128, (20, 24), np.uint8)
        Image.fromarray(clean).save(tmp_path / names[0].format(f"real5_a{i}"))
        Image.fromarray(clean + 100).save(tmp_path / names[1].format(f"real5_a{i}"))
    reader = data.FolderReader.of_folder(tmp_path)
    assert reader.paired and len(reader) == 3
    for _, clean, degraded in reader:
        np.testing.assert_allclose(degraded - clean, 100 / 255, atol=1e-6)
    images = data.ImageSet.from_pairs(tmp_path, channels=1)
    assert images.channels == 2
    degraded, clean = data.split_pairs(np.stack([images[0][1]]), (0, 0))
    assert degraded.shape == clean.shape == (1, 20, 24, 1)
    np.testing.assert_allclose(degraded - clean, 100 / 255, atol=1e-6)
    lonely = tmp_path / names[1].format("real5_a2")
    (tmp_path / names[0].format("real5_a2")).unlink()
    with pytest.raises(ValueError, match=f"Without one: .*{lonely.name}"):
        data.FolderReader.of_folder(tmp_path)


def test_names_that_only_look_like_pairs(tmp_path):
    for name in ("meaning_1.png", "realm_1.png", "mean_street.png", "real_madrid.png"):
        Image.new("L", (8, 8)).save(tmp_path / name)
    reader = data.FolderReader.of_folder(tmp_path)
    assert not reader.paired and len(reader) == 4
