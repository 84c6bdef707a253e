"""Benchmark sets are verified, readers skip what is broken."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from keras_restore.data import benchmark_set as module
from keras_restore.data.benchmark_set import BenchmarkSet, content_hash
from keras_restore.data.benchmark_sets import SETS, benchmark_set
from keras_restore.data.folder_reader import FolderReader

SMALL = BenchmarkSet("Small", ("Small", "test/Small"), 3, "nowhere", "nobody", sizes=((8, 10),))


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = tmp_path / "test" / "Small"
    folder.mkdir(parents=True)
    for i in range(3):
        pixels = np.random.default_rng(i).integers(0, 256, (8, 10, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    hashes = frozenset(content_hash(path) for path in folder.iterdir())
    monkeypatch.setattr(module, "known_hashes", lambda name: hashes)
    return tmp_path


def test_the_published_files_pass(root):
    assert [path.name for path in SMALL.files(root)] == ["0.png", "1.png", "2.png"]
    reader = SMALL.reader(root, channels=1)
    assert [(name, image.shape) for name, image in reader] == [
        (f"{i}.png", (8, 10, 1)) for i in range(3)
    ]


def test_another_lossless_file_of_the_same_pixels_passes(root):
    path = root / "test/Small/1.png"
    Image.open(path).save(path.with_suffix(".bmp"))
    path.unlink()
    assert len(SMALL.files(root)) == 3


def test_a_recompressed_copy_is_named(root):
    path = root / "test/Small/1.png"
    Image.open(path).save(path.with_suffix(".jpg"))
    path.unlink()
    with pytest.raises(ValueError, match="1 of the files are not those of Small.*1.jpg has other"):
        SMALL.files(root)
    assert len(SMALL.files(root, verify=False)) == 3


def test_a_resized_copy_is_named(root):
    path = root / "test/Small/2.png"
    Image.open(path).resize((20, 16)).save(path)
    with pytest.raises(ValueError, match="2.png is 16 x 20"):
        SMALL.files(root)


def test_a_wrong_count(root):
    (root / "test/Small/2.png").unlink()
    with pytest.raises(ValueError, match="Small has 3 images. Received: 2"):
        SMALL.files(root)


def test_a_missing_set_says_what_to_put_where(tmp_path):
    with pytest.raises(FileNotFoundError, match="Put its 3 images into '.*Small'. Source: nowhere"):
        SMALL.files(tmp_path)


def test_a_list_divides_a_folder(root):
    (root / "test/list.txt").write_text("train/0.png\nval/2.png\n")
    inside = BenchmarkSet("Small", ("test/Small",), 2, "", "", listed=("list.txt", True))
    outside = BenchmarkSet("Small", ("test/Small",), 1, "", "", listed=("list.txt", False))
    assert [p.name for p in inside.files(root)] == ["0.png", "2.png"]
    assert [p.name for p in outside.files(root)] == ["1.png"]


def test_content_hash_of_a_jpeg_is_that_of_its_bytes(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (8, 8)).save(path)
    assert content_hash(path) == hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def test_names_of_sets():
    assert benchmark_set("bsd68") is SETS["BSD68"]
    with pytest.raises(ValueError, match="Did you mean 'Kodak24'"):
        benchmark_set("kodak")


def test_a_broken_file_is_skipped_and_named(root):
    (root / "test/Small/1.png").write_bytes(b"\x89PNG\r\n")
    reader = FolderReader.of_folder(root / "test/Small")
    assert [name for name, _ in reader] == ["0.png", "2.png"]
    assert [name for name, _ in reader] == ["0.png", "2.png"]
    ((path, reason),) = reader.skipped
    assert path.endswith("1.png") and "not a readable image" in reason


@pytest.mark.parametrize("name", ["Set12", "BSD68", "CBSD68", "BSD100", "Set5", "Rain100H"])
def test_the_real_sets(shared_data, name):
    assert len(SETS[name].files(shared_data)) == SETS[name].count
