"""Planes of frames to RGB and back."""

import numpy as np
import pytest
from made_pictures import picture

av = pytest.importorskip("av")

from keras_restore.pictures.video_pixels import (  # noqa: E402
    planar_format,
    read_frame,
    written_frame,
)

FORMATS = (
    "yuv420p yuvj420p yuv422p yuv444p yuv440p yuv411p yuv410p nv12 yuyv422 gray gray10le "
    "yuv420p10le yuv422p10le yuv444p12le p010le gbrp gbrp10le rgb24 bgra yuva420p"
).split()


def planes(frame):
    wide = frame.format.components[0].bits > 8
    arrays = []
    for plane in frame.planes:
        values = np.frombuffer(plane, np.uint16 if wide else np.uint8)
        values = values.reshape(-1, plane.line_size // values.itemsize)
        arrays.append(values[: plane.height, : plane.width])
    return arrays


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_not_changed_keeps_its_samples(name):
    frame = av.VideoFrame(67, 45, name)
    rng = np.random.default_rng(0)
    for plane in frame.planes:
        values = np.frombuffer(plane, np.uint8)
        values[:] = rng.integers(0, 256, values.size)
    bits = frame.format.components[0].bits
    if bits > 8:
        for plane in frame.planes:
            values = np.frombuffer(plane, np.uint16)
            values[:] = rng.integers(0, 2**bits, values.size) << (
                16 - bits if name[0] == "p" else 0
            )
    before = read_frame(frame)
    assert before.dtype == np.float32
    assert before.shape == (45, 67, 1 if name.startswith("gray") else 3)
    planar = frame.reformat(format=planar_format(frame.format), threads=1)
    after = written_frame(before, frame, planar.format.name)
    for expected, found in zip(planes(planar), planes(after), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_every_reading_is_the_same():
    """Two threads of libswscale write wrong samples once in some hundred readings."""
    frame = av.VideoFrame(67, 45, "p010le")
    for plane in frame.planes:
        values = np.frombuffer(plane, np.uint16)
        values[:] = np.random.default_rng(0).integers(0, 2**10, values.size) << 6
    expected = read_frame(frame)
    for _ in range(2000):
        np.testing.assert_array_equal(read_frame(frame), expected)


@pytest.mark.parametrize(
    ("colorspace", "full", "weights"),
    [
        (1, False, (0.2126, 0.7152, 0.0722)),
        (5, False, (0.299, 0.587, 0.114)),
        (9, True, (0.2627, 0.678, 0.0593)),
        (2, False, (0.299, 0.587, 0.114)),
    ],
)
@pytest.mark.parametrize("bits", [8, 10])
def test_the_formulas_of_the_recommendations(colorspace, full, weights, bits):
    """ITU-R BT.601, BT.709 and BT.2020, and what an untagged small clip is taken for."""
    rgb = picture(20, 30, 3) / 255.0
    luma = rgb @ np.array(weights)
    differences = [(rgb[..., 2] - luma) / (2 - 2 * weights[2])]
    differences.append((rgb[..., 0] - luma) / (2 - 2 * weights[0]))
    unit = 2 ** (bits - 8)
    offset, luma_range, chroma_range = (0, 2**bits - 1, 2**bits - 1)
    if not full:
        offset, luma_range, chroma_range = 16 * unit, 219 * unit, 224 * unit
    frame = av.VideoFrame(30, 20, "yuv444p" + ("10le" if bits == 10 else ""))
    frame.colorspace, frame.color_range = colorspace, 2 if full else 1
    values = [luma * luma_range + offset]
    values += [difference * chroma_range + 128 * unit for difference in differences]
    for plane, array in zip(planes(frame), values, strict=True):
        plane[...] = np.rint(array)
    level = 1 / (219 * unit)
    np.testing.assert_allclose(read_frame(frame), rgb, atol=2 * level)
    other = av.VideoFrame(60, 40, frame.format.name)
    other.colorspace, other.color_range = colorspace, 2 if full else 1
    written = written_frame(np.float32(rgb), other, frame.format.name)
    for expected, found in zip(values, planes(written), strict=True):
        np.testing.assert_allclose(found, expected, atol=0.51)


def test_chroma_is_shrunk_by_means_and_enlarged_linearly():
    frame = av.VideoFrame(8, 4, "yuv422p")
    frame.colorspace, frame.color_range = 1, 2
    luma, blue, red = planes(frame)
    luma[...], red[...] = 128, 128
    blue[...] = [100, 140, 140, 140]
    rgb = read_frame(frame)
    expected = np.array([100, 110, 130, 140, 140, 140, 140, 140]) - 127.5 - 0.5
    np.testing.assert_allclose((rgb[0, :, 2] - rgb[0, :, 0]) * 255 / 1.8556, expected, atol=0.01)
    brighter = written_frame(rgb + np.float32([0, 0, 0.1]), frame, "yuv422p")
    change = 0.1 * 255 * (1 - 0.0722) / 1.8556
    found = planes(brighter)[1].astype(float)
    np.testing.assert_allclose(found, blue + change, atol=0.51)


def test_formats_that_cannot_be_read():
    with pytest.raises(ValueError, match="pixels of the format"):
        planar_format(av.VideoFormat("gbrpf32le"))
