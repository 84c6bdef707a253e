"""The builders on small made-up sets, by TFDS's own test case."""

import pathlib
import shutil
import tempfile
import zipfile

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

import keras_restore.data.tfds as ours
from keras_restore.data.benchmark_set import BenchmarkSet
from keras_restore.data.labelled_set import LabelledSet
from keras_restore.data.tfds.archive_builders import CIFAR_CLASSES
from keras_restore.data.tfds_reader import TfdsReader


def picture(height, width, channels, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels)


def write_set(root):
    (root / "Small").mkdir()
    for i in range(3):
        picture(8, 10, 1 if i == 0 else 3, i).save(root / "Small" / f"{i}.png")


def write_pairs(root):
    for j, name in enumerate(("clean", "rainy")):
        (root / "SmallPairs" / name).mkdir(parents=True)
        for i in range(2):
            picture(8, 10, 3, i + 10 * j).save(root / "SmallPairs" / name / f"{i}.png")


def write_cifar(root):
    with zipfile.ZipFile(root / "cifar10_subset.zip", "w") as archive:
        for split, count in (("train", 3), ("test", 2)):
            for i in range(count):
                picture(32, 32, 3, i).save(root / "image.jpg")
                archive.write(root / "image.jpg", f"{split}/{CIFAR_CLASSES[i]}/000{i}.jpg")


def write_camvid(root):
    with zipfile.ZipFile(root / "camvid_240x180.zip", "w") as archive:
        for split in ("train", "val", "test"):
            picture(180, 240, 3, 0).save(root / "image.jpg")
            label = np.random.default_rng(1).integers(0, 12, (180, 240), np.uint8)
            Image.fromarray(label).save(root / "label.png")
            archive.write(root / "image.jpg", f"CamVid/{split}/0001.jpg")
            archive.write(root / "label.png", f"CamVid/{split}annot/0001.png")


class SmallSet(ours.ImageBuilder):
    """Three made-up pictures."""

    BENCHMARK = BenchmarkSet("Small", ("Small",), 3, "nowhere", "nobody", sizes=((8, 10),))
    MANUAL_DOWNLOAD_INSTRUCTIONS = "made up"


class SmallPairs(ours.PairBuilder):
    """Two made-up pairs."""

    BENCHMARK = BenchmarkSet("SmallPairs", ("SmallPairs",), 2, "nowhere", "", degraded="rainy")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "made up"


class SmallCifar(ours.Cifar10Archive):
    """A made-up archive."""

    SHA256 = ""
    COUNTS = {"train": 3, "test": 2}


class SmallCamvid(ours.Camvid):
    """A made-up archive."""

    SHA256 = ""
    COUNTS = {"train": 1, "validation": 1, "test": 1}


class BuilderCase(tfds.testing.DatasetBuilderTestCase):
    """TFDS's checks, on files that `WRITE` makes."""

    SKIP_CHECKSUMS = True
    __test__ = False

    @classmethod
    def setUpClass(cls):
        cls.EXAMPLE_DIR = tempfile.mkdtemp()
        cls.WRITE(pathlib.Path(cls.EXAMPLE_DIR))
        # Its name, `tests.data.tfds`, may lead to the `tests` that tf2onnx installs.
        cls.DATASET_CLASS.pkg_dir_path = pathlib.Path(__file__).parent
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.EXAMPLE_DIR)


class SmallSetTest(BuilderCase):
    """A set of images."""

    __test__ = True
    WRITE = staticmethod(write_set)
    DATASET_CLASS = SmallSet
    SPLITS = {"test": 3}


class SmallPairsTest(BuilderCase):
    """A set of pairs."""

    __test__ = True
    WRITE = staticmethod(write_pairs)
    DATASET_CLASS = SmallPairs
    SPLITS = {"test": 2}


class SmallCifarTest(BuilderCase):
    """An archive of classes."""

    __test__ = True
    WRITE = staticmethod(write_cifar)
    DATASET_CLASS = SmallCifar
    SPLITS = {"train": 3, "test": 2}
    OVERLAPPING_SPLITS = ["test"]


class SmallCamvidTest(BuilderCase):
    """An archive of segmentations."""

    __test__ = True
    WRITE = staticmethod(write_camvid)
    DATASET_CLASS = SmallCamvid
    SPLITS = {"train": 1, "validation": 1, "test": 1}


def build(builder_class, tmp_path):
    builder = builder_class(data_dir=str(tmp_path / "prepared"))
    config = tfds.download.DownloadConfig(manual_dir=str(tmp_path))
    builder.download_and_prepare(download_config=config)
    return builder


def test_pixels_are_the_files(tmp_path):
    write_set(tmp_path)
    build(SmallSet, tmp_path)
    reader = TfdsReader("small_set", "test", other="gray", data_dir=str(tmp_path / "prepared"))
    found = {name: (image, gray) for name, image, gray in reader}
    assert len(reader) == len(found) == 3
    for i in range(3):
        image, gray = found[f"{i}.png"]
        expected = np.asarray(Image.open(tmp_path / f"Small/{i}.png").convert("RGB"))
        np.testing.assert_array_equal(np.rint(image * 255), expected)
        assert gray == (i == 0)


def test_pairs_and_labels(tmp_path):
    write_pairs(tmp_path)
    build(SmallPairs, tmp_path)
    data_dir = str(tmp_path / "prepared")
    reader = TfdsReader("small_pairs", "test", other="degraded", data_dir=data_dir)
    for name, clean, degraded in reader:
        for image, folder in ((clean, "clean"), (degraded, "rainy")):
            expected = np.asarray(Image.open(tmp_path / "SmallPairs" / folder / name))
            np.testing.assert_array_equal(np.rint(image * 255), expected)
    with pytest.raises(ValueError, match="has the features"):
        TfdsReader("small_pairs", "test", other="label", data_dir=data_dir)


def test_labels_of_a_segmentation(tmp_path):
    write_camvid(tmp_path)
    build(SmallCamvid, tmp_path)
    reader = TfdsReader("small_camvid", "test", other="label", data_dir=str(tmp_path / "prepared"))
    ((_, clean, label),) = list(reader)
    assert clean.shape == (180, 240, 3) and clean.dtype == np.float32
    expected = np.random.default_rng(1).integers(0, 12, (180, 240), np.uint8)
    np.testing.assert_array_equal(label[..., 0], expected)


def test_labelled_sets_of_prepared_datasets(tmp_path):
    write_cifar(tmp_path)
    builder = build(SmallCifar, tmp_path)
    data_dir = str(tmp_path / "prepared")
    reader = TfdsReader(builder.name, "test", other="label", data_dir=data_dir)
    assert reader.num_classes == 10
    assert {label for _, _, label in LabelledSet.from_reader(reader, 10)} == {0, 1}
    write_camvid(tmp_path)
    builder = build(SmallCamvid, tmp_path)
    reader = TfdsReader(builder.name, "test", other="label", data_dir=data_dir)
    assert reader.num_classes is None
    _, _, label = LabelledSet.from_reader(reader, 11, ignore_class=11)[0]
    expected = np.random.default_rng(1).integers(0, 12, (180, 240), np.uint8)
    np.testing.assert_array_equal(label, expected)
    with pytest.raises(ValueError, match="small_camvid is not prepared"):
        TfdsReader("small_camvid", "test", other="label", data_dir=str(tmp_path / "nowhere"))


def test_a_wrong_count(tmp_path):
    write_set(tmp_path)
    (tmp_path / "Small/2.png").unlink()
    with pytest.raises(ValueError, match="Small has 3 images. Received: 2"):
        build(SmallSet, tmp_path)


def test_an_archive_with_a_wrong_count(tmp_path):
    write_camvid(tmp_path)
    (tmp_path / "camvid_240x180.zip").rename(tmp_path / "full.zip")
    with zipfile.ZipFile(tmp_path / "full.zip") as full:
        with zipfile.ZipFile(tmp_path / "camvid_240x180.zip", "w") as archive:
            for name in full.namelist():
                if "val/" not in name:
                    archive.writestr(name, full.read(name))
    with pytest.raises(ValueError, match="must hold .* images. Received: .*'validation': 0"):
        build(SmallCamvid, tmp_path)


def test_another_archive_is_reported(tmp_path):
    write_camvid(tmp_path)
    with pytest.raises(ValueError, match="is not the archive that results were reported on"):
        build(ours.Camvid, tmp_path)


def test_what_to_put_where(tmp_path):
    (tmp_path / "something").mkdir()
    with pytest.raises(FileNotFoundError, match="Put its 12 images into '.*Set12'"):
        build(ours.BUILDERS["set12"], tmp_path)
    with pytest.raises(FileNotFoundError, match="Put cifar10_subset.zip into"):
        build(ours.Cifar10Archive, tmp_path)


def test_a_missing_manual_directory(tmp_path):
    with pytest.raises(FileNotFoundError, match="Put its 12 images into '.*nowhere/Set12'"):
        build(ours.BUILDERS["set12"], tmp_path / "nowhere")
    assert "`<manual_dir>/Set12`" in ours.BUILDERS["set12"].MANUAL_DOWNLOAD_INSTRUCTIONS


def test_all_sets_are_registered():
    names = "bsds500 bsd68 cbsd68 bsd100 set5 set12 set14 classic5 live1 kodak24 mcmaster "
    names += "urban100 t91 rain100 cifar10_archive camvid"
    assert set(names.split()) <= set(tfds.list_builders())
    assert not {"image_builder", "pair_builder", "archive_builder"} & set(tfds.list_builders())
    assert set(ours.Bsds500.builder_configs) == {"all", "color432", "color400", "gray400"}
