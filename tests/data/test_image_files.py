"""Reading image files of every mode, against Pillow's own pixels."""

import numpy as np
import pytest
from PIL import Image

from keras_restore import data
from keras_restore.pictures import PictureWriter


@pytest.fixture
def colors():
    return np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


def test_rgb_and_luma(tmp_path, colors):
    Image.fromarray(colors).save(tmp_path / "a.png")
    np.testing.assert_array_equal(data.read_image(tmp_path / "a.png"), colors)
    gray = data.read_image(tmp_path / "a.png", channels=1)
    luma = colors @ np.array([0.299, 0.587, 0.114])
    assert gray.shape == (6, 9, 1)
    assert np.abs(gray[..., 0] - luma).max() <= 1


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "jpg", "webp"])
def test_gray_where_color_is_asked(tmp_path, suffix):
    pixels = np.full((6, 9), 77, np.uint8)
    Image.fromarray(pixels).save(tmp_path / f"a.{suffix}")
    image = data.read_image(tmp_path / f"a.{suffix}", channels=3)
    assert image.shape == (6, 9, 3)
    assert np.abs(image.astype(int) - 77).max() <= 2


def test_alpha_is_dropped(tmp_path, colors):
    alpha = np.full((6, 9, 1), 128, np.uint8)
    Image.fromarray(np.concatenate([colors, alpha], axis=2)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(data.read_image(tmp_path / "a.png"), colors)


def test_palette(tmp_path):
    image = Image.new("P", (9, 6), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    image.save(tmp_path / "a.png")
    assert (data.read_image(tmp_path / "a.png") == (10, 20, 30)).all()


def test_cmyk(tmp_path, colors):
    cmyk = Image.fromarray(colors).convert("CMYK")
    cmyk.save(tmp_path / "a.tif")
    expected = np.asarray(cmyk.convert("RGB"))
    np.testing.assert_array_equal(data.read_image(tmp_path / "a.tif"), expected)


def test_one_bit(tmp_path):
    pixels = np.eye(8, dtype=bool)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(data.read_image(tmp_path / "a.png")[..., 0], pixels * 255)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits(tmp_path, suffix):
    pixels = np.random.default_rng(0).integers(0, 65536, (6, 9), np.uint16)
    Image.fromarray(pixels).save(tmp_path / f"a.{suffix}")
    image = data.read_image(tmp_path / f"a.{suffix}", channels=1)
    assert image.dtype == np.uint16
    np.testing.assert_array_equal(image[..., 0], pixels)
    assert data.read_image(tmp_path / f"a.{suffix}", channels=3).shape == (6, 9, 3)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_color_of_sixteen_bits(tmp_path, suffix):
    pixels = np.random.default_rng(0).integers(0, 65536, (6, 9, 3), np.uint16)
    path = tmp_path / f"a.{suffix}"
    with PictureWriter(path, 6, 9, 3, np.uint16) as file:
        file.write(pixels)
    np.testing.assert_array_equal(data.read_image(path), pixels)
    luma = pixels @ np.array([0.299, 0.587, 0.114])
    gray = data.read_image(path, channels=1)
    assert gray.dtype == np.uint16
    assert np.abs(gray[..., 0] - luma).max() <= 1
    images = data.ImageSet.from_folder(tmp_path)
    np.testing.assert_array_equal(images[0][1], (pixels / 65535).astype(np.float32))
    ((_, image),) = data.FolderReader.of_folder(tmp_path)
    np.testing.assert_array_equal(image, images[0][1])


def test_luma_is_rounded_as_pillow_does(tmp_path, colors):
    Image.fromarray(colors).save(tmp_path / "a.png")
    expected = np.asarray(Image.fromarray(colors).convert("L"))
    np.testing.assert_array_equal(data.read_image(tmp_path / "a.png", 1)[..., 0], expected)


def test_the_first_of_several_pages(tmp_path):
    pages = [Image.new("L", (9, 6), value) for value in (50, 100)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert (data.read_image(tmp_path / "a.tif") == 50).all()


def test_exif_orientation(tmp_path, colors):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(colors).save(tmp_path / "a.png", exif=exif)
    expected = np.rot90(colors, k=-1)
    np.testing.assert_array_equal(data.read_image(tmp_path / "a.png"), expected)


def test_broken_files(tmp_path, colors):
    Image.fromarray(np.tile(colors, (20, 20, 1))).save(tmp_path / "whole.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:400])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no picture")
    for name in ("cut.jpg", "empty.png", "text.png"):
        with pytest.raises(ValueError, match=name):
            data.read_image(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        data.read_image(tmp_path / "absent.png")


def test_rounding_to_8_bits():
    values = np.array([-0.1, 0.0, 0.6 / 255, 1.4 / 255, 254.6 / 255, 1.2])
    np.testing.assert_array_equal(data.to_uint8(values), [0, 0, 1, 1, 255, 255])


def test_float_scale():
    assert data.to_float(np.array([65535], np.uint16)) == np.float32(1.0)
    assert data.to_float(np.array([128], np.uint8)) == np.float32(128 / 255)
