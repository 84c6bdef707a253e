import numpy as np
import pytest
from PIL import Image

from keras_restore.cli import main
from keras_restore.degradations import GaussianNoise, Jpeg
from keras_restore.pictures import PictureWriter, open_picture


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "in"
    (folder / "more").mkdir(parents=True)
    random = np.random.default_rng(0)
    for name, size in (("a.png", (40, 50, 3)), ("more/b.bmp", (33, 32))):
        Image.fromarray(random.integers(0, 256, size, np.uint8)).save(folder / name)
    return folder


def call(*arguments):
    return main(["degrade", *map(str, arguments)])


def test_a_folder(photos, tmp_path, capsys):
    out = tmp_path / "out"
    assert (
        call("--degradation=jpeg", f"--input={photos}", f"--output={out}", "--set=quality=20") == 0
    )
    found = np.asarray(Image.open(out / "a.png"))
    clean = np.asarray(Image.open(photos / "a.png"), np.float32)[None] / 255
    np.testing.assert_array_equal(found, np.rint(Jpeg(20)(clean, (0, 0))[0] * 255))
    assert Image.open(out / "more" / "b.png").mode == "L"
    assert call("--degradation=jpeg", f"--input={photos}", f"--output={out}") == 2
    assert "exists already" in capsys.readouterr().err
    assert call("--degradation=jpeg", f"--input={photos}", f"--output={out}", "--overwrite") == 0


def test_sixteen_bits_stay(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 65536, (40, 50, 3), np.uint16)
    with PictureWriter(tmp_path / "a.png", 40, 50, 3, np.uint16) as file:
        file.write(pixels)
    arguments = "--degradation=gaussian_noise", "--set=sigma=1", f"--input={tmp_path / 'a.png'}"
    assert call(*arguments, f"--output={tmp_path / 'b.png'}") == 0
    expected = GaussianNoise(1)((pixels / 65535).astype(np.float32)[None], (0, 0))[0]
    with open_picture(tmp_path / "b.png") as picture:
        found = picture.read(40)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, np.rint(np.clip(expected, 0, 1) * 65535))
    assert call(*arguments, f"--output={tmp_path / 'b.jpg'}") == 0
    assert Image.open(tmp_path / "b.jpg").size == (50, 40)


def test_a_file_its_mask_and_seeds(photos, tmp_path):
    paths = [tmp_path / name for name in ("1.png", "2.png", "3.png")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        arguments = "--degradation=scratches", f"--input={photos / 'a.png'}", f"--output={path}"
        assert call(*arguments, f"--seed={seed}", f"--mask={tmp_path / 'masks' / path.name}") == 0
    first, again, other = (np.asarray(Image.open(path)) for path in paths)
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    mask = np.asarray(Image.open(tmp_path / "masks" / "1.png"))
    changed = np.any(first != np.asarray(Image.open(photos / "a.png")), axis=-1)
    assert set(np.unique(mask)) == {0, 255} and not np.any(changed & (mask == 0))


def test_every_picture_of_a_folder_has_noise_of_its_own(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        Image.new("L", (16, 16), 128).save(tmp_path / "in" / f"{name}.png")
    noise = "--degradation=gaussian_noise", f"--input={tmp_path / 'in'}"
    assert call(*noise, f"--output={tmp_path / 'out'}") == 0
    a, b = (np.asarray(Image.open(tmp_path / "out" / f"{name}.png"), int) for name in "ab")
    assert np.abs(a - b).mean() > 10


def test_list(capsys):
    assert call("--degradation=list") == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"rain", "text", "gaussian_noise", "bicubic_down_up"} <= set(names)


def test_two_pictures_of_one_name(photos, tmp_path, capsys):
    (photos / "a.png").rename(photos / "more" / "b.png")
    assert call("--degradation=jpeg", f"--input={photos}", f"--output={tmp_path / 'out'}") == 2
    assert "would both become more/b.png" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_input_and_output_are_needed(photos, tmp_path, capsys):
    for paths in ([f"--input={photos}"], [f"--output={tmp_path}"], []):
        assert call("--degradation=jpeg", *paths) == 2
        assert "`--input` and `--output` are required" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--degradation=snow",), "must be one of"),
        (("--degradation=jpeg", "--set=quality=0"), "`quality`"),
        (("--degradation=jpeg", "--set=sigma=3"), "sigma"),
        (("--degradation=jpeg", "--set=quality"), "SETTING=VALUE"),
        (("--degradation=jpeg", "--mask=m.png"), "--mask"),
        (("--degradation=text", "--set=font_size=60"), "larger than the image"),
    ],
)
def test_errors(photos, tmp_path, capsys, arguments, message):
    paths = f"--input={photos / 'a.png'}", f"--output={tmp_path / 'x.png'}"
    assert call(*arguments, *paths) == 2
    assert message in capsys.readouterr().err
