"""PNG in bands, against Pillow and a decoder of the specification's formulas."""

import io
import struct
import zlib

import numpy as np
import pytest
from made_pictures import picture
from PIL import Image

from keras_restore.pictures.metadata import Metadata
from keras_restore.pictures.png_reader import PngReader, undo_filters
from keras_restore.pictures.png_writer import PngWriter, apply_filters


def read_all(path, band):
    with PngReader(path) as file:
        assert file.supports
        bands = [file.read(min(band, file.height - y)) for y in range(0, file.height, band)]
    return np.concatenate(bands)


@pytest.mark.parametrize("mode, samples", [("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (67, 41)])
def test_reads_what_pillow_wrote(tmp_path, mode, samples, size):
    pixels = picture(*size, samples)
    Image.fromarray(pixels[..., 0] if samples == 1 else pixels, mode).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_all(tmp_path / "a.png", 16), pixels)


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_pillow_reads_what_we_wrote(tmp_path, samples):
    pixels = picture(70, 33, samples)
    metadata = Metadata(icc_profile=b"profile", dpi=(300.0, 150.0))
    with PngWriter(tmp_path / "a.png", 70, 33, samples, np.uint8, metadata) as file:
        file.write(pixels[:50])
        file.write(pixels[50:])
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.atleast_3d(np.asarray(image)), pixels)
        assert image.info["icc_profile"] == b"profile"
        assert image.info["dpi"] == pytest.approx((300, 150), abs=0.02)


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_sixteen_bits(tmp_path, samples):
    pixels = picture(45, 31, samples, np.uint16)
    with PngWriter(tmp_path / "a.png", 45, 31, samples, np.uint16) as file:
        file.write(pixels)
    np.testing.assert_array_equal(read_all(tmp_path / "a.png", 20), pixels)
    with Image.open(tmp_path / "a.png") as image:
        if samples == 1:
            np.testing.assert_array_equal(np.asarray(image), pixels[..., 0])
        else:
            # Pillow keeps the upper byte of each value.
            expected = pixels >> 8
            got = np.asarray(image)
            np.testing.assert_array_equal(
                got, expected if samples > 2 else expected[..., [0, 0, 0, 1]]
            )


@pytest.mark.parametrize("filter_type", range(5))
def test_each_filter_by_the_formulas_of_the_specification(filter_type):
    rng = np.random.default_rng(filter_type)
    step, length = 3, 21
    data = rng.integers(0, 256, (6, length), np.uint8)
    previous = rng.integers(0, 256, length, np.uint8)
    expected, above = np.zeros((6, length), int), previous.astype(int)
    for y in range(6):
        for x in range(length):
            a = expected[y, x - step] if x >= step else 0
            b = above[x]
            c = above[x - step] if x >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            prediction = (0, a, b, (a + b) // 2, paeth)[filter_type]
            expected[y, x] = (int(data[y, x]) + prediction) % 256
        above = expected[y]
    filters = np.full(6, filter_type, np.uint8)
    np.testing.assert_array_equal(undo_filters(data, filters, previous, step), expected)


def test_writer_uses_several_filters():
    pixels = picture(64, 64, 3).reshape(64, -1)
    stream = apply_filters(pixels, np.zeros(64 * 3, np.uint8), 3)
    assert len(set(stream[:: 1 + 64 * 3])) >= 2


@pytest.mark.parametrize("size", [(13, 10), (1, 1), (3, 1), (1, 5), (5, 3)])
def test_interlaced_sixteen_bits(tmp_path, size):
    height, width = size
    pixels = picture(*size, 3, np.uint16)
    data = b""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
    for row, column, row_step, column_step in (*passes, (1, 0, 2, 1)):
        for line in pixels[row::row_step, column::column_step]:
            if len(line):
                data += b"\0" + line.astype(">u2").tobytes()

    def chunk(kind, content):
        crc = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + crc

    content = b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 1)
    )
    content += chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(content)
    assert np.asarray(Image.open(io.BytesIO(content)))[-1, -1, 0] == pixels[-1, -1, 0] >> 8
    np.testing.assert_array_equal(read_all(tmp_path / "a.png", height), pixels)


def test_truncated_file_is_an_error(tmp_path):
    Image.fromarray(picture(40, 40, 3)).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="ends early|damaged"):
        read_all(tmp_path / "a.png", 40)


def test_palette_is_left_to_pillow(tmp_path):
    Image.fromarray(picture(8, 8, 1)[..., 0]).convert("P").save(tmp_path / "a.png")
    with PngReader(tmp_path / "a.png") as file:
        assert not file.supports
