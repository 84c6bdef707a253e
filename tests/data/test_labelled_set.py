"""Labels stay with their pixels through crops and flips, and wrong ones are refused."""

import numpy as np
import pytest
from PIL import Image

from keras_restore import data


def images(count=3, height=12, width=15):
    """The label of a pixel follows from its red: one knows whether the two stayed together."""
    generator = np.random.default_rng(0)
    for i in range(count):
        pixels = generator.integers(0, 256, (height, width, 3), np.uint8)
        yield f"image{i}", pixels, pixels[..., 0] // 64


def test_label_maps_are_cut_and_flipped_with_their_images():
    labelled = data.LabelledSet(images(), 4)
    sampler = data.PatchSampler(labelled.images, 7, batch_size=8, seed=0)
    for step in range(5):
        patches, labels = labelled.split(sampler(step))
        np.testing.assert_array_equal(labels, np.rint(patches[..., 0] * 255) // 64)
    for name, image, label in labelled:
        assert name.startswith("image") and image.dtype == np.float32
        np.testing.assert_array_equal(label, np.rint(image[..., 0] * 255) // 64)


@pytest.mark.parametrize("num_classes", [10, 1000])
def test_classes(num_classes):
    classes = [0, num_classes // 2, num_classes - 1]
    examples = [(str(c), np.full((8, 8, 3), c % 256, np.uint8), c) for c in classes]
    labelled = data.LabelledSet(examples, num_classes)
    assert [label for _, _, label in labelled] == classes
    patches = data.PatchSampler(labelled.images, 8, batch_size=3, seed=0)(0)
    found, labels = labelled.split(patches)
    assert sorted(labels.numpy()) == classes
    np.testing.assert_array_equal(np.rint(found[:, 0, 0, 0] * 255), labels.numpy() % 256)


def test_some_are_spread_evenly():
    labelled = data.LabelledSet(images(7), 4)
    assert [name for name, _, _ in labelled.some(3)] == ["image0", "image3", "image6"]
    assert len(labelled.some(100)) == 7


def write(path, pixels, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    if mode == "P":
        image.putpalette(list(range(256)) * 3)
    image.save(path)


def write_maps(folder, mode=None):
    for name, pixels, label in images():
        write(folder / "train" / f"{name}.png", pixels)
        write(folder / "trainannot" / f"{name}.png", label, mode)
    return folder / "train", folder / "trainannot"


@pytest.mark.parametrize("mode", [None, "P"])
def test_label_map_files(tmp_path, mode):
    labelled = data.LabelledSet.from_label_maps(*write_maps(tmp_path, mode), 4)
    assert len(labelled) == 3 and labelled.per_pixel
    for (_, image, label), (_, pixels, expected) in zip(labelled, images(), strict=True):
        np.testing.assert_array_equal(np.rint(image * 255), pixels)
        np.testing.assert_array_equal(label, expected)
    listed = data.LabelledSet.from_label_maps(*write_maps(tmp_path, mode), 4, names=["image1"])
    assert listed.images.names == ("image1.png",)


def test_scaled_label_maps_hold_the_same_classes(tmp_path):
    labelled = data.LabelledSet.from_label_maps(*write_maps(tmp_path), 4, short_side=24)
    for _, image, label in labelled:
        assert image.shape == (24, 30, 3) and label.shape == (24, 30)
    _, _, expected = next(images())
    np.testing.assert_array_equal(labelled[0][2][::2, ::2], expected)


def test_refused_label_maps(tmp_path):
    folders = write_maps(tmp_path)
    with pytest.raises(ValueError, match=r"from 0 to 2. Received: \[3\] in image0"):
        data.LabelledSet.from_label_maps(*folders, 3)
    assert len(data.LabelledSet.from_label_maps(*folders, 3, ignore_class=3)) == 3
    with pytest.raises(ValueError, match="no image 'image7'"):
        data.LabelledSet.from_label_maps(*folders, 4, names=["image7"])
    write(folders[1] / "image1.png", np.zeros((12, 14), np.uint8))
    with pytest.raises(ValueError, match="size of its image.*image1.png"):
        data.LabelledSet.from_label_maps(*folders, 4)
    write(folders[1] / "image1.png", np.zeros((12, 15, 3), np.uint8))
    with pytest.raises(ValueError, match="image1.png' of mode RGB"):
        data.LabelledSet.from_label_maps(*folders, 4)
    (folders[1] / "image1.png").unlink()
    with pytest.raises(ValueError, match="partner.*image1"):
        data.LabelledSet.from_label_maps(*folders, 4)


def test_class_folders(tmp_path):
    for name, value in (("cat", 10), ("dog", 20)):
        for i in range(2):
            pixels = np.full((10, 14, 3), value, np.uint8)
            pixels[:, :3] = 99
            write(tmp_path / name / f"{i}.png", pixels)
    labelled = data.LabelledSet.from_class_folders(tmp_path, crop=8)
    assert [label for _, _, label in labelled] == [0, 0, 1, 1]
    for _, image, label in labelled:
        np.testing.assert_array_equal(np.rint(image * 255), np.full((8, 8, 3), 10 * (label + 1)))
    with pytest.raises(ValueError, match=r"others: \['dog'\]"):
        data.LabelledSet.from_class_folders(tmp_path, ["cat", "bird"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no image of the class .*empty"):
        data.LabelledSet.from_class_folders(tmp_path)
    with pytest.raises(ValueError, match="one subfolder a class"):
        data.class_names(tmp_path / "cat")
    with pytest.raises(FileNotFoundError, match="absent"):
        data.class_names(tmp_path / "absent")


def test_reader_of_a_prepared_dataset():
    """As `TfdsReader` yields them: gray or RGB floats; maps with a channel."""
    gray = np.random.default_rng(0).uniform(size=(6, 8, 1)).astype(np.float32)
    labelled = data.LabelledSet.from_reader([("a", gray, np.array(3))], 4)
    name, image, label = labelled[0]
    assert (name, label) == ("a", 3)
    np.testing.assert_allclose(image, np.repeat(gray, 3, 2), atol=0.5 / 255 + 1e-6)
    label_map = np.random.default_rng(1).integers(0, 4, (6, 8, 1), np.uint8)
    labelled = data.LabelledSet.from_reader([("a", gray, label_map)], 4)
    np.testing.assert_array_equal(labelled[0][2], label_map[..., 0])


def test_bad_sets():
    with pytest.raises(ValueError, match="at least one image"):
        data.LabelledSet([], 4)
    with pytest.raises(ValueError, match="all maps"):
        mixed = [*images(1), ("b", np.zeros((4, 4, 3), np.uint8), 1)]
        data.LabelledSet(mixed, 4)
    with pytest.raises(ValueError, match="`num_classes`"):
        data.LabelledSet(images(), 1)
