"""Picture files of all kinds in and out; pixel values against Pillow and NumPy."""

import struct
import warnings
import zlib

import numpy as np
import pytest
from made_pictures import picture
from made_predictors import Blur, Darken, Double, Identity
from PIL import Image, ImageCms

from keras_restore.inference import restore, restore_file
from keras_restore.inference.estimate_sigma import certainty
from keras_restore.pictures import PictureWriter, open_picture
from keras_restore.pictures.tiff_reader import TiffReader

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def blurred(pixels):
    """The result of `Blur` on integers, by the formula."""
    peak = np.iinfo(pixels.dtype).max
    planes = [
        Blur()((pixels[None, ..., i : i + 1] / peak).astype("float32"))
        for i in range(pixels.shape[2])
    ]
    return np.rint(np.concatenate(planes, axis=3)[0] * peak)


def save(pixels, path, mode=None, **options):
    pixels = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(pixels, mode).save(path, **options)
    return path


def test_gray_tiff_of_sixteen_bits(tmp_path):
    pixels = picture(40, 50, 1, np.uint16)
    source = save(pixels, tmp_path / "a.tif", dpi=(300, 300))
    assert restore_file(source, tmp_path / "b.tif", Blur(), tile=20) == []
    with Image.open(tmp_path / "b.tif") as image:
        assert image.mode == "I;16" and image.info["dpi"] == (300, 300)
        np.testing.assert_allclose(np.asarray(image), blurred(pixels)[..., 0], atol=1)
    notes = restore_file(source, tmp_path / "b.jpg", Identity())
    assert "8 bits" in notes[0]
    with Image.open(tmp_path / "b.jpg") as image:
        difference = np.asarray(image) - pixels[..., 0] / 257
        assert np.abs(difference).max() < 8 and abs(difference.mean()) < 0.2


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("samples", [3, 4])
def test_color_of_sixteen_bits(tmp_path, suffix, samples):
    pixels = picture(40, 50, samples, np.uint16)
    with open_picture(save(picture(4, 4, 3), tmp_path / "c.png")) as small:
        metadata = small.metadata
    with PictureWriter(tmp_path / f"a.{suffix}", 40, 50, samples, np.uint16, metadata) as file:
        file.write(pixels)
    restore_file(tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}", Identity(), tile=10)
    with open_picture(tmp_path / f"b.{suffix}") as result:
        assert result.dtype == np.uint16
        np.testing.assert_array_equal(result.read(40), pixels[..., :3])
        if samples == 4:
            np.testing.assert_array_equal(result.alpha, pixels[..., 3:])
    assert restore(tmp_path / f"a.{suffix}", Identity()).dtype == np.uint16


def test_soft_alpha_passes_and_nothing_bleeds(tmp_path):
    pixels = picture(40, 50, 4)
    columns = np.arange(50)
    pixels[..., 3] = np.clip((columns - 15) * 40, 0, 255)
    hidden = pixels[..., 3] == 0
    results = []
    for color in (0, 255):
        pixels[hidden, :3] = color
        source = save(pixels, tmp_path / f"a{color}.png")
        restore_file(source, tmp_path / f"b{color}.png", Blur(), tile=20)
        results.append(np.asarray(Image.open(tmp_path / f"b{color}.png")))
        np.testing.assert_array_equal(results[-1][..., 3], pixels[..., 3])
        assert (results[-1][hidden][:, :3] == color).all(), "hidden colours stay as they were"
    np.testing.assert_array_equal(results[0][~hidden], results[1][~hidden])
    inside = np.s_[5:-5, 25:-5]
    np.testing.assert_allclose(
        results[0][inside][..., :3], blurred(pixels)[inside][..., :3], atol=1
    )


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("samples", [1, 3])
def test_a_transparent_color_of_sixteen_bits(tmp_path, samples, interlaced):
    """tRNS (PNG specification, section 11.3.2.1): Pillow drops it, or compares it with 8 bits."""
    pixels = picture(8, 9, samples, np.uint16)
    pixels[2:4, 3:5] = pixels[2, 3]
    # The same in 8 bits, so that all 16 must be compared.
    pixels[5, 5] = pixels[2, 3] ^ 1
    file = png_of_sixteen_bits(pixels, tuple(int(v) for v in pixels[2, 3]), interlaced)
    (tmp_path / "a.png").write_bytes(file)
    restore_file(tmp_path / "a.png", tmp_path / "b.png", Identity())
    with open_picture(tmp_path / "b.png") as result:
        np.testing.assert_array_equal(result.read(8), pixels)
        expected = np.full((8, 9, 1), 65535, np.uint16)
        expected[2:4, 3:5] = 0
        np.testing.assert_array_equal(result.alpha, expected)


def png_of_sixteen_bits(pixels, transparent, interlaced):
    """A PNG file by its specification; interlaced ones have pixels in the last four passes only."""
    height, width, samples = pixels.shape

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    steps = [(0, 0, 1, 1)]
    if interlaced:
        steps = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4)]
        steps += [(2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = [
        b"\0" + row.astype(">u2").tobytes()
        for y, x, down, right in steps
        for row in pixels[y::down, x::right]
        if row.size
    ]
    header = (width, height, 16, 2 if samples == 3 else 0, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", *header))
        + chunk(b"tRNS", struct.pack(f">{samples}H", *transparent))
        + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_is_zero(tmp_path, dtype):
    tifffile = pytest.importorskip("tifffile")
    pixels = picture(20, 30, 1, dtype)
    peak = np.iinfo(dtype).max
    tifffile.imwrite(tmp_path / "a.tif", peak - pixels[..., 0], photometric="miniswhite")
    with open_picture(tmp_path / "a.tif") as found:
        np.testing.assert_array_equal(found.read(20), pixels)
    with TiffReader(tmp_path / "a.tif") as file:
        np.testing.assert_array_equal(file.read(20), pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colors_multiplied_with_alpha_are_divided(tmp_path, dtype):
    tifffile = pytest.importorskip("tifffile")
    peak = np.iinfo(dtype).max
    straight = picture(20, 30, 4, dtype)
    straight[..., 3] = np.linspace(peak // 2, peak, 30).astype(dtype)
    straight[0] = 0
    stored = straight.copy()
    stored[..., :3] = np.rint(straight[..., :3] * (straight[..., 3:] / peak))
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=["assocalpha"])
    with np.errstate(all="raise"), open_picture(tmp_path / "a.tif") as found:
        colors = found.read(20).astype(int)
        np.testing.assert_array_equal(found.alpha, straight[..., 3:])
    assert np.abs(colors - straight[..., :3]).max() <= 2
    if dtype == np.uint16:
        exact = stored[..., :3] / np.maximum(straight[..., 3:], 1).astype(float) * peak
        np.testing.assert_array_equal(colors, np.rint(np.minimum(exact, peak)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_sample_that_is_no_alpha_is_left_out(tmp_path, dtype):
    tifffile = pytest.importorskip("tifffile")
    pixels = picture(9, 8, 4, dtype)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unspecified"])
    with open_picture(path) as found:
        assert found.alpha is None
        # Pillow has no such mode of 16 bits.
        expected = pixels[..., :3] / (np.iinfo(dtype).max / 255)
        np.testing.assert_allclose(found.read(9), expected, atol=1)


@pytest.mark.parametrize("white", [1, 65535])
def test_floats_of_up_to_one_and_of_up_to_16_bits(tmp_path, white):
    pixels = picture(9, 8, 1, np.uint16)
    Image.fromarray(pixels[..., 0] / np.float32(65535 / white)).save(tmp_path / "a.tif")
    with open_picture(tmp_path / "a.tif") as found:
        assert found.notes == ["float values stored with 16 bits"]
        np.testing.assert_array_equal(found.read(9), pixels)


def test_a_profile_of_cmyk_decides_the_colors(tmp_path):
    """Another profile's white is another white; without one Pillow's formula holds."""
    called = []
    image = Image.new("CMYK", (8, 8), (0, 0, 0, 255))
    image.save(tmp_path / "a.tif", icc_profile=SRGB)

    def profile_to_profile(source, *_, outputMode):
        called.append((source.mode, outputMode))
        return Image.new("RGB", source.size, (1, 2, 3))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ImageCms, "profileToProfile", profile_to_profile)
        restore_file(tmp_path / "a.tif", tmp_path / "b.png", Identity())
    assert called == [("CMYK", "RGB")]
    with Image.open(tmp_path / "b.png") as result:
        assert result.getpixel((3, 3)) == (1, 2, 3)
        assert "icc_profile" not in result.info


def test_alpha_of_an_enlarged_picture(tmp_path):
    pixels = picture(20, 30, 4)
    pixels[..., 3] = 255
    pixels[:10, :, 3] = 0
    source = save(pixels, tmp_path / "a.png")
    restore_file(source, tmp_path / "b.png", Double(channels=3))
    result = np.asarray(Image.open(tmp_path / "b.png"))
    assert result.shape == (40, 60, 4)
    assert (result[:16, :, 3] == 0).all() and (result[24:, :, 3] == 255).all()


def test_phone_photo_is_upright_and_keeps_what_it_says(tmp_path):
    pixels = picture(40, 64, 3)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[271] = "Maker"
    exif.get_ifd(0x8769).update({33434: 0.02, 40962: 64, 40963: 40})
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 30.0)})
    source = save(
        pixels,
        tmp_path / "a.jpg",
        exif=exif,
        icc_profile=SRGB,
        dpi=(72, 72),
        quality=98,
        subsampling=2,
    )
    decoded = np.asarray(Image.open(source))
    upright = np.rot90(decoded, -1)
    for name in ("b.jpg", "b.png", "b.tif", "b.webp"):
        restore_file(source, tmp_path / name, Identity(), tile=20)
        with Image.open(tmp_path / name) as image:
            assert image.size == (40, 64)
            result = np.asarray(image.convert("RGB")).astype(int)
            assert np.abs(result - upright).mean() < (2 if name[-3:] in ("jpg", "ebp") else 1e-9)
            assert image.info["icc_profile"] == SRGB
            kept = image.getexif()
            assert kept.get(0x0112, 1) == 1 and kept[271] == "Maker"
            details = kept.get_ifd(0x8769)
            assert float(details[33434]) == pytest.approx(0.02)
            if name != "b.webp":
                assert image.info["dpi"] == pytest.approx((72, 72), abs=0.1)
            assert (details[40962], details[40963]) == (40, 64)
            assert kept.get_ifd(0x8825)[2] == (47.0, 22.0, 30.0)
    with Image.open(tmp_path / "b.jpg") as image:
        from PIL import JpegImagePlugin

        assert JpegImagePlugin.get_sampling(image) == 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_of_sixteen_bits(tmp_path, orientation):
    tifffile = pytest.importorskip("tifffile")
    deep = picture(9, 14, 3, np.uint16)
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="rgb", extratags=[tag])
    shallow = save((deep >> 8).astype(np.uint8), tmp_path / "b.tif", tiffinfo={274: orientation})
    with open_picture(tmp_path / "a.tif") as ours, open_picture(shallow) as pillows:
        assert (ours.height, ours.width) == (pillows.height, pillows.width)
        np.testing.assert_array_equal(ours.read(ours.height) >> 8, pillows.read(pillows.height))


def test_palettes(tmp_path):
    image = Image.fromarray(picture(20, 30, 3)).quantize(16)
    image.save(tmp_path / "a.png")
    notes = restore_file(tmp_path / "a.png", tmp_path / "b.png", Identity())
    assert notes == ["palette resolved"]
    result = np.asarray(Image.open(tmp_path / "b.png"))
    np.testing.assert_array_equal(result[..., :3], np.asarray(image.convert("RGB")))
    image.save(tmp_path / "c.png", transparency=3)
    restore_file(tmp_path / "c.png", tmp_path / "d.png", Identity())
    transparent = np.asarray(Image.open(tmp_path / "d.png"))[..., 3] == 0
    np.testing.assert_array_equal(transparent, np.asarray(image) == 3)


def test_cmyk_is_converted_with_a_word(tmp_path):
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    image.save(tmp_path / "a.tif")
    assert "CMYK" in restore_file(tmp_path / "a.tif", tmp_path / "b.png", Identity())[0]
    assert Image.open(tmp_path / "b.png").getpixel((3, 3)) == (255, 0, 0)


@pytest.mark.parametrize("size", [(1, 1), (3, 2000)])
def test_extreme_shapes(tmp_path, size):
    pixels = picture(*size, 3)
    restore_file(save(pixels, tmp_path / "a.png"), tmp_path / "b.png", Blur(), tile=50)
    result = np.asarray(Image.open(tmp_path / "b.png")).astype(int)
    np.testing.assert_allclose(result, blurred(pixels), atol=1)


def test_modes_of_one_bit_and_gray_with_alpha(tmp_path):
    bits = np.random.default_rng(0).random((9, 9)) > 0.5
    Image.fromarray(bits).save(tmp_path / "a.png")
    restore_file(tmp_path / "a.png", tmp_path / "b.png", Identity())
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), bits * 255)
    pixels = picture(9, 9, 2)
    pixels[..., 1] = 200
    save(pixels, tmp_path / "c.png", "LA")
    restore_file(tmp_path / "c.png", tmp_path / "d.png", Identity())
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "d.png")), pixels)


@pytest.mark.parametrize("samples, suffix", [(1, "png"), (3, "png"), (3, "tif"), (4, "png")])
def test_large_files_in_bands_give_the_same(tmp_path, monkeypatch, samples, suffix):
    pixels = picture(60, 50, samples)
    source = save(pixels, tmp_path / f"a.{suffix}")
    restore_file(source, tmp_path / f"b.{suffix}", Blur(), tile=20)
    for module in ("picture", "picture_writer"):
        monkeypatch.setattr(f"keras_restore.pictures.{module}.STREAMED_PIXELS", 10)
    restore_file(source, tmp_path / f"c.{suffix}", Blur(), tile=20)
    results = [np.asarray(Image.open(tmp_path / f"{name}.{suffix}")) for name in "bc"]
    np.testing.assert_array_equal(*results)


def test_several_pages(tmp_path):
    frames = [Image.new("L", (8, 8), value) for value in (50, 100)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    with pytest.raises(ValueError, match="2 pages"):
        restore_file(tmp_path / "a.tif", tmp_path / "b.tif", Identity())
    restore_file(tmp_path / "a.tif", tmp_path / "b.tif", Identity(), page=2)
    assert Image.open(tmp_path / "b.tif").getpixel((0, 0)) == 100


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_pages_of_sixteen_bits(tmp_path, compression):
    tifffile = pytest.importorskip("tifffile")
    pages = picture(9, 14, 6, np.uint16).reshape(9, 14, 2, 3).transpose(2, 0, 1, 3)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pages, photometric="rgb", compression=compression)
    with open_picture(path, page=2) as file:
        np.testing.assert_array_equal(file.read(9), pages[1])


@pytest.mark.parametrize("count", [4, 9, 100])
def test_rows_that_were_seen_before_are_read_again(tmp_path, count):
    pixels = picture(9, 14, 3)
    with open_picture(save(pixels, tmp_path / "a.png")) as file:
        np.testing.assert_array_equal(file.peek(count), pixels[:count])
        parts = [file.read(n) for n in (2, 5, 2)]
    np.testing.assert_array_equal(np.concatenate(parts), pixels)


def test_unreadable_files(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    save(picture(64, 64, 3), tmp_path / "whole.jpg")
    content = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(content[: len(content) // 2])
    for name, message in (
        ("text.png", "not a picture"),
        ("empty.png", "not"),
        ("half.jpg", "(?i)truncated"),
    ):
        with pytest.raises(ValueError, match=message):
            restore_file(tmp_path / name, tmp_path / "out.png", Identity())
    with pytest.raises(FileNotFoundError):
        restore_file(tmp_path / "none.png", tmp_path / "out.png", Identity())
    assert not list(tmp_path.glob("*out*")) and not list(tmp_path.glob(".*"))


def test_pillow_says_nothing_of_damaged_tags(tmp_path, monkeypatch, recwarn):
    opened = Image.open

    def warning_open(path):
        warnings.warn("Metadata Warning, tag 270 had too many entries: 2, expected 1", stacklevel=2)
        return opened(path)

    save(picture(8, 8, 1), tmp_path / "a.tif")
    monkeypatch.setattr(Image, "open", warning_open)
    open_picture(tmp_path / "a.tif")
    assert not recwarn.list


def test_limits(tmp_path, monkeypatch):
    source = save(picture(40, 40, 3), tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    with pytest.raises(ValueError, match="`max_pixels`"):
        restore_file(source, tmp_path / "b.png", Identity())
    restore_file(source, tmp_path / "b.png", Identity(), max_pixels=2000)
    assert Image.MAX_IMAGE_PIXELS == 500
    with pytest.raises(ValueError, match="exists already"):
        restore_file(source, tmp_path / "b.png", Identity(), max_pixels=2000)
    with pytest.raises(ValueError, match="transparency"):
        save(picture(4, 4, 4), tmp_path / "c.png")
        restore_file(tmp_path / "c.png", tmp_path / "c.jpg", Identity())
    with pytest.raises(ValueError, match="cannot write .xyz"):
        restore_file(source, tmp_path / "b.xyz", Identity())


def test_nothing_is_left_of_a_failed_restoration(tmp_path):
    class Broken(Blur):
        def restore(self, batch):
            if len(self.shapes) > 3:
                raise ValueError("broken")
            return super().restore(batch)

    source = save(picture(64, 64, 1), tmp_path / "a.png")
    for name in ("b.png", "b.tif"):
        with pytest.raises(ValueError, match="broken"):
            restore_file(source, tmp_path / name, Broken(), tile=20)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 1), (9, 8, 3), (9, 8, 4)])
def test_arrays_come_back_as_they_went_in(dtype, shape):
    samples = shape[2] if len(shape) == 3 else 1
    array = picture(9, 8, samples, np.uint16).reshape(shape)
    array = array.astype(dtype) if dtype == np.uint16 else (array / 65535).astype(dtype)
    if dtype == np.uint8:
        array = picture(9, 8, samples).reshape(shape)
    result = restore(array, Identity(), tile=5)
    assert result.dtype == dtype and result.shape == shape
    np.testing.assert_allclose(result, array, atol=1e-7 if result.dtype.kind == "f" else 0)


@pytest.mark.parametrize(("added", "steps"), [(0.4, 0), (0.6, 1), (-0.4, 0), (-0.6, -1)])
def test_results_of_8_bits_are_rounded(added, steps):
    class Brighten(Identity):
        def restore(self, batch):
            return batch + np.float32(added / 255)

    pixels = picture(9, 9, 1).clip(1, 254)
    np.testing.assert_array_equal(restore(pixels, Brighten()), pixels + np.uint8(steps % 256))


def test_the_noise_level_reaches_the_model(tmp_path):
    array = picture(9, 8, 3) / np.float32(255)
    result = restore(array, Darken(), sigma=51, strength=0.5, tile=5)
    np.testing.assert_allclose(result, array - 0.1, atol=1e-6)
    save(picture(9, 8, 1), tmp_path / "a.png")
    restore_file(tmp_path / "a.png", tmp_path / "b.png", Darken(), sigma=10.0)
    result = np.asarray(Image.open(tmp_path / "b.png")).astype(int)
    np.testing.assert_array_equal(result, np.maximum(picture(9, 8, 1)[..., 0].astype(int) - 10, 0))
    for model, sigma, message in (
        (Darken(), None, "must be given"),
        (Darken(), -1.0, "from 0 to 255, an array"),
        (Darken(), 256, "from 0 to 255, an array"),
        (Darken(), float("nan"), "from 0 to 255, an array"),
        (Darken(), np.full((8, 9), 5.0), r"size \(9, 8\).*of shape \(8, 9\)"),
        (Darken(), np.full((9, 8), -5.0), "map of numbers from 0 to 255.*-5"),
        (Darken(), np.full((9, 8, 1), 5.0), "an array"),
        (OneLevel(), np.full((9, 8), 5.0), "takes no map"),
        (Identity(), np.full((9, 8), 5.0), "must be None"),
        (Darken(), "much", "from 0 to 255, an array"),
        (Identity(), 25.0, "must be None"),
        (Identity(), "auto", "must be None"),
    ):
        with pytest.raises(ValueError, match=message):
            restore(array, model, sigma=sigma)


class OneLevel(Darken):
    takes_map = False


@pytest.mark.parametrize("samples", [1, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_pixels_noise_level_reaches_the_model(samples, channels, tmp_path):
    if channels > samples:
        return
    array = picture(9, 8, samples) / np.float32(255)
    levels = np.arange(72.0).reshape(9, 8)
    expected = array - 0.5 * levels[..., None].astype(np.float32) / 255
    if samples == 4:
        expected[..., 3] = array[..., 3]
        expected = np.where(array[..., 3:] == 0, array, expected)
    result = restore(array, Darken(channels), sigma=levels, strength=0.5, tile=5, ensemble=True)
    np.testing.assert_allclose(result, expected, atol=1e-6)
    if (samples, channels) == (3, 1):
        # The luma of 8-bit video has 219 grey levels.
        luma = restore(array, Darken(), sigma=levels, tile=5, color="luma")
        np.testing.assert_allclose(array - luma, (array - expected) * 2 * 255 / 219, atol=1e-5)
    save(picture(9, 8, samples), tmp_path / "a.png")
    restore_file(tmp_path / "a.png", tmp_path / "b.png", Darken(channels), sigma=levels)
    assert restore(tmp_path / "a.png", Darken(channels), sigma=levels).size == (8, 9)
    pixels = np.asarray(restore(tmp_path / "a.png", Darken(channels), sigma=levels))
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), pixels)


def test_texture_is_kept_by_every_pixels_noise_level():
    array = np.random.default_rng(0).random((32, 32, 1), np.float32)
    levels = np.where(np.arange(32) < 16, 0.0, 250.0) * np.ones((32, 1))
    kept = restore(array, Darken(), sigma=levels, detail=1.0)
    number = restore(array, Darken(), sigma=250.0, detail=1.0)
    np.testing.assert_allclose(kept[:, :7], array[:, :7], atol=1e-5)
    np.testing.assert_allclose(kept[:, 25:], number[:, 25:], atol=1e-5)


def test_the_estimated_noise_level_reaches_the_model(tmp_path):
    noise = np.random.default_rng(0).normal(0, 12, (160, 160, 3))
    pixels = np.rint(120 + noise).astype(np.uint8)
    darker = restore(pixels, Darken(channels=3), sigma="auto")
    assert (pixels.astype(int) - darker).mean() == pytest.approx(12, rel=0.1)
    save(pixels, tmp_path / "a.png")
    notes = restore_file(
        tmp_path / "a.png", tmp_path / "b.png", Darken(channels=3), sigma="auto", tile=50
    )
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "b.png")), darker)
    assert len(notes) == 1 and notes[0].startswith("noise sigma about 1")


def test_a_clean_photo_is_left_alone():
    pixels = np.asarray(Image.fromarray(np.mgrid[:160, :160][0].astype(np.uint8)).convert("RGB"))
    darken = Darken(channels=3)
    darken._run = lambda batch, sigma: batch - 0.5
    np.testing.assert_array_equal(restore(pixels, darken, sigma="auto"), pixels)
    batch = pixels[None] / np.float32(255)
    np.testing.assert_array_equal(darken.told()(batch), batch)
    assert certainty(1) == 0 and certainty(2.25) == 0.5 and certainty(3) == certainty(9) == 1


def test_each_image_of_a_batch_is_told_its_own_level():
    rng = np.random.default_rng(0)
    batch = np.stack([0.5 + rng.normal(0, s / 255, (160, 160, 3)) for s in (5, 30)])
    removed = batch - Darken().told()(batch.astype(np.float32))
    np.testing.assert_allclose(removed.mean(axis=(1, 2, 3)) * 255, [5, 30], rtol=0.1)
    np.testing.assert_allclose(batch - Darken().told(51)(batch.astype(np.float32)), 0.2, atol=1e-6)


def test_images_and_paths(tmp_path):
    pixels = picture(9, 8, 3)
    image = restore(Image.fromarray(pixels), Identity())
    assert isinstance(image, Image.Image)
    np.testing.assert_array_equal(np.asarray(image), pixels)
    save(pixels, tmp_path / "größe 1.png")
    np.testing.assert_array_equal(np.asarray(restore(tmp_path / "größe 1.png", Identity())), pixels)


def test_wrong_arrays():
    for array, message in (
        (np.zeros((4, 4, 5)), "shape"),
        (np.zeros((2, 4, 4, 1)), "shape"),
        (np.zeros((0, 4)), "shape"),
        (np.zeros((4, 4), np.int64), "dtype"),
        (np.full((4, 4), 200.0), "divide"),
    ):
        with pytest.raises(ValueError, match=message):
            restore(array, Identity())
    with pytest.raises(ValueError, match="tile"):
        restore(np.zeros((4, 4)), Identity(), tile="big")
