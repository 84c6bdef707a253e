"""Benchmark sets are verified, readers skip what is broken."""

import hashlib
import shutil

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


def test_a_picture_that_is_there_twice_is_named(root):
    shutil.copy(root / "test/Small/0.png", root / "test/Small/2.png")
    with pytest.raises(ValueError, match="1 of the files .* 2.png is 0.png again"):
        SMALL.files(root)


def test_copies_of_one_picture_are_no_set_whose_pixels_are_unknown(root, monkeypatch):
    monkeypatch.setattr(module, "known_hashes", lambda name: frozenset())
    assert not SMALL.recorded and len(SMALL.files(root)) == 3
    for i in (1, 2):
        shutil.copy(root / "test/Small/0.png", root / f"test/Small/{i}.png")
    with pytest.raises(ValueError, match="2 of the files .* 1.png is 0.png again; 2.png is 0.png"):
        SMALL.files(root)


def test_only_sets_of_known_pixels_are_recorded():
    recorded = {name for name, found in SETS.items() if found.recorded}
    assert {"Set12", "BSD68", "CBSD68", "BSD432", "Set5", "Rain100H"} <= recorded
    assert not {"LIVE1", "Kodak24", "McMaster", "Urban100", "CBSD68_FFDNet"} & recorded


def test_which_sets_are_gray_and_which_are_for_training():
    gray = {name for name, found in SETS.items() if found.gray}
    training = {name for name, found in SETS.items() if found.training}
    assert gray == {"Set12", "BSD68", "Train400", "Classic5"}
    assert training == {"BSDS500", "BSD432", "BSD400", "Train400", "T91"}


def test_counts_are_those_of_the_publications():
    counts = {"Set12": 12, "BSD68": 68, "CBSD68": 68, "CBSD68_FFDNet": 68, "BSD100": 100}
    counts |= {"BSDS500": 500, "BSD432": 432, "BSD400": 400, "Train400": 400, "T91": 91}
    counts |= {"Set5": 5, "Set14": 14, "Urban100": 100, "Classic5": 5, "LIVE1": 29}
    counts |= {"Kodak24": 24, "Kodak24_FFDNet": 24, "McMaster": 18, "Rain100H": 40}
    assert {name: found.count for name, found in SETS.items()} == counts


def test_images_without_partners_are_named_in_order(root):
    shutil.copytree(root / "test/Small", root / "Rain" / "clean")
    shutil.copytree(root / "test/Small", root / "Rain" / "rainy")
    for name in ("clean/1.png", "rainy/2.png", "rainy/0.png"):
        (root / "Rain" / name).unlink()
    with pytest.raises(ValueError, match="Without one: 0, 1, 2."):
        FolderReader.of_folder(root / "Rain")


def test_the_case_of_a_folder_does_not_matter(root):
    (root / "test/Small").rename(root / "test/small")
    assert [path.parent.name for path in SMALL.files(root)] == ["small"] * 3


def test_what_public_repositories_hold_under_the_same_name(tmp_path):
    kodak = tmp_path / "Kodak24"
    kodak.mkdir()
    for i in range(24):
        pixels = np.random.default_rng(i).integers(0, 256, (500, 500), np.uint8)
        Image.fromarray(pixels).save(kodak / f"{i}.png", compress_level=0)
    with pytest.raises(ValueError, match="is 500 x 500.*Of FFDNet's .* the set Kodak24_FFDNet"):
        SETS["Kodak24"].files(tmp_path)
    assert len(SETS["Kodak24_FFDNet"].files(tmp_path)) == 24
    with pytest.raises(FileNotFoundError, match="it is the set CBSD68_FFDNet"):
        SETS["CBSD68"].files(tmp_path)
    for name in ("img_001_SRF_2_HR.png", "img_001_SRF_2_LR.png"):
        path = tmp_path / "Set5" / "image_SRF_2" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kodak / "0.png", path)
    with pytest.raises(ValueError, match=r"copy its files \*_HR.png into a folder"):
        SETS["Set5"].files(tmp_path)


def test_pairs_as_deraining_repositories_name_them(root):
    for name in ("input", "target"):
        shutil.copytree(root / "test/Small", root / "Rain" / name)
    (pair, *others) = FolderReader.of_folder(root / "Rain").files
    assert [path.parent.name for path in pair] == ["target", "input"] and len(others) == 2


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
    assert benchmark_set("bsd68") is benchmark_set("BSD68") is SETS["BSD68"]
    with pytest.raises(ValueError, match="Did you mean 'Kodak24'"):
        benchmark_set("kodak")
    with pytest.raises(ValueError, match="Did you mean 'LIVE1'"):
        benchmark_set("LIVES")


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
