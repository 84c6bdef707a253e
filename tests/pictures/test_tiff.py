"""TIFF in bands, against Pillow and tifffile."""

import numpy as np
import pytest
from made_pictures import picture
from PIL import Image

from keras_restore.pictures.metadata import Metadata
from keras_restore.pictures.tiff_reader import TiffReader
from keras_restore.pictures.tiff_writer import TiffWriter

tifffile = pytest.importorskip("tifffile")


def read_all(path, band):
    with TiffReader(path) as file:
        assert file.supports
        bands = [file.read(min(band, file.height - y)) for y in range(0, file.height, band)]
    return np.concatenate(bands)


@pytest.mark.parametrize("samples", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"byteorder": ">"},
        {"rowsperstrip": 7},
        {"tile": (16, 32)},
        {"compression": "zlib", "predictor": True},
        {"planarconfig": "separate"},
    ],
    ids=str,
)
def test_reads_what_tifffile_wrote(tmp_path, samples, dtype, options):
    options = dict(options)
    pixels = picture(50, 37, samples, dtype)
    order = options.pop("byteorder", "<")
    apart = options.get("planarconfig") == "separate"
    if apart and samples == 1:
        pytest.skip("one plane only")
    with tifffile.TiffWriter(tmp_path / "a.tif", byteorder=order) as file:
        data = pixels[..., 0] if samples == 1 else np.moveaxis(pixels, 2, 0) if apart else pixels
        photometric = "minisblack" if samples == 1 else "rgb"
        extra = ["unassalpha"] if samples == 4 else None
        file.write(data, photometric=photometric, extrasamples=extra, **options)
    np.testing.assert_array_equal(read_all(tmp_path / "a.tif", 9), pixels)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
@pytest.mark.parametrize("samples", [1, 3])
def test_compressions_that_pillow_writes(tmp_path, compression, samples):
    pixels = picture(50, 37, samples)
    image = Image.fromarray(pixels[..., 0] if samples == 1 else pixels)
    image.save(tmp_path / "a.tif", compression=compression)
    np.testing.assert_array_equal(read_all(tmp_path / "a.tif", 50), pixels)


def test_lzw_of_sixteen_bits(tmp_path):
    pixels = picture(50, 37, 1, np.uint16)
    Image.fromarray(pixels[..., 0]).save(tmp_path / "a.tif", compression="tiff_lzw")
    np.testing.assert_array_equal(read_all(tmp_path / "a.tif", 20), pixels)


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("big", [False, True])
def test_tifffile_and_pillow_read_what_we_wrote(tmp_path, monkeypatch, samples, dtype, big):
    if big:
        monkeypatch.setattr("keras_restore.pictures.tiff_writer.LARGEST_CLASSIC", 10)
    monkeypatch.setattr("keras_restore.pictures.tiff_writer.STRIP_BYTES", 1000)
    pixels = picture(50, 37, samples, dtype)
    exif = Image.Exif()
    exif[271] = "Maker"
    exif.get_ifd(34665)[33434] = 0.02
    metadata = Metadata(exif, b"an ICC profile", (300.0, 150.0))
    with TiffWriter(tmp_path / "a.tif", 50, 37, samples, dtype, metadata) as file:
        for y in range(0, 50, 17):
            file.write(pixels[y : y + 17])
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.is_bigtiff == big
        np.testing.assert_array_equal(file.asarray().reshape(pixels.shape), pixels)
    if samples == 2 and dtype == np.uint16:
        return  # Pillow has no such mode.
    with Image.open(tmp_path / "a.tif") as image:
        assert image.info["icc_profile"] == b"an ICC profile"
        assert image.info["dpi"] == pytest.approx((300, 150))
        assert image.getexif()[271] == "Maker"
        if not big:
            assert float(image.getexif().get_ifd(34665)[33434]) == pytest.approx(0.02)
        if dtype == np.uint8:
            np.testing.assert_array_equal(np.atleast_3d(np.asarray(image)), pixels)
    np.testing.assert_array_equal(read_all(tmp_path / "a.tif", 50), pixels)


def test_truncated_file_is_an_error(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", picture(50, 37, 3), photometric="rgb")
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="ends early"):
        read_all(tmp_path / "a.tif", 50)
