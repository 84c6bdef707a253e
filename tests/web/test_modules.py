"""The page's modules, run by Node.js, against Python's."""

import io
import itertools
import json
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageCms

from keras_restore.inference.tiling import choose_tile_size
from keras_restore.ops import resize_bicubic, rgb_to_ycbcr, ycbcr_to_rgb
from keras_restore.pictures.transparency import fill_transparent

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")

TYPES = {
    "float32": "Float32Array",
    "int16": "Int16Array",
    "uint8": "Uint8Array",
    "uint16": "Uint16Array",
}
RNG = np.random.default_rng(0)


class Geometry:
    size = None

    def __init__(self, halo, multiple):
        self.halo, self.multiple = halo, multiple


@pytest.fixture
def call(repository):
    """Runs functions of the page: `call(module, name, [values, ...])` gives a result for each."""

    def run(module, name, calls):
        folder = repository / ("tests/web" if module == "made_networks.mjs" else "web/page")
        lines = [{"module": str(folder / module), "name": name, "values": v} for v in calls]
        done = subprocess.run(
            ["node", str(repository / "tests/web/call.mjs")],
            input=json.dumps(lines, default=_encode),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout, object_hook=_decode)

    return run


def _encode(value):
    if isinstance(value, bytes):
        value = np.frombuffer(value, np.uint8)
    return {"type": TYPES[value.dtype.name], "values": value.ravel().tolist()}


def _decode(value):
    dtypes = {name: dtype for dtype, name in TYPES.items()}
    if value.keys() == {"type", "values"}:
        return np.array(value["values"], dtypes[value["type"]])
    return value


def png(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def test_windows_are_pythons(call):
    cases = list(itertools.product((1, 83, 100, 451, 4000), (7, 300, 3501), (0, 5, 41), (1, 4)))
    most = 200 * 200
    calls = [[h, w, {"halo": halo, "multiple": m}, most] for h, w, halo, m in cases]
    for (h, w, halo, m), size in zip(cases, call("tiling.js", "chooseWindow", calls), strict=True):
        expected = choose_tile_size(h, w, Geometry(halo, m), most)
        assert (size["height"], size["width"]) == (expected.height, expected.width), (h, w, halo, m)


def test_spans_cover_an_axis_once_and_hold_the_halo(call):
    cases = [(451, 451, 41, 1), (451, 100, 41, 1), (1000, 240, 41, 4), (97, 33, 15, 2)]
    calls = [[length, side, {"halo": h, "multiple": m}] for length, side, h, m in cases]
    results = call("tiling.js", "spans", calls)
    for (length, side, halo, multiple), spans in zip(cases, results, strict=True):
        wanted = [range(span["from"], span["to"]) for span in spans]
        assert list(itertools.chain(*wanted)) == list(range(length))
        for span in spans:
            start = span["start"]
            assert start % multiple == 0 and 0 <= start <= length - side
            assert start == 0 or span["from"] - start >= halo
            assert start + side == length or start + side - span["to"] >= halo


@pytest.mark.parametrize("factor", (1, 2, 3, 4))
def test_enlarging_is_imresize(call, factor):
    image = RNG.random((5, 9), np.float32)
    (large,) = call("resize_bicubic.js", "enlargeBicubic", [[image, 5, 9, factor]])
    expected = resize_bicubic(image[..., None], scale=factor)[..., 0]
    np.testing.assert_allclose(large.reshape(expected.shape), expected, atol=1e-6)


def test_color(call):
    image = RNG.random((20, 3), np.float32)
    planes = [image[:, c] for c in range(3)]
    for name, expected in (("rgbToYcbcr", rgb_to_ycbcr), ("ycbcrToRgb", ycbcr_to_rgb)):
        (result,) = call("color.js", name, [[planes]])
        np.testing.assert_allclose(np.stack(result, axis=1), expected(image), atol=1e-6)


def test_levels_round_as_numpy(call):
    values = [-0.5, 0.0, 0.5 / 255, 1.5 / 255, 0.2, 126.5 / 255, 1.0, 2.0]
    levels = call("levels.js", "toLevel", [[value, 255] for value in values])
    np.testing.assert_array_equal(levels, np.rint(np.clip(values, 0, 1) * np.float64(255)))


def test_transparent_pixels_take_the_colors_around(call):
    pixels = RNG.random((13, 22, 3), np.float32)
    alpha = (RNG.random((13, 22, 1)) < 0.1).astype(np.float32)
    expected = fill_transparent(pixels, alpha)
    planes = [pixels[..., c].copy() for c in range(3)]
    (result,) = call("transparency.js", "fillTransparent", [[planes, alpha, 13, 22]])
    np.testing.assert_allclose(
        np.stack(result, axis=1), expected.reshape(-1, 3), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("mode, samples", (("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)))
def test_png_both_ways(call, mode, samples):
    pixels = RNG.integers(0, 256, (17, 29, samples), np.uint8)
    pixels[:, 10:] //= 16
    image = Image.fromarray(pixels[..., 0] if samples == 1 else pixels, mode)
    (decoded,) = call("made_networks.mjs", "decodePng", [[png(image)]])
    assert (decoded["width"], decoded["height"], decoded["samples"]) == (29, 17, samples)
    np.testing.assert_array_equal(decoded["pixels"], pixels.ravel())
    (encoded,) = call("png_writer.js", "writePng", [[decoded, []]])
    back = Image.open(io.BytesIO(encoded.tobytes()))
    assert back.mode == mode
    np.testing.assert_array_equal(np.asarray(back).reshape(pixels.shape), pixels)


def test_png_of_16_bits(call):
    pixels = RNG.integers(0, 65536, (9, 14), np.uint16)
    (decoded,) = call("made_networks.mjs", "decodePng", [[png(Image.fromarray(pixels))]])
    assert decoded["pixels"].dtype == np.uint16
    np.testing.assert_array_equal(decoded["pixels"], pixels.ravel())
    (encoded,) = call("png_writer.js", "writePng", [[decoded, []]])
    back = np.asarray(Image.open(io.BytesIO(encoded.tobytes())))
    np.testing.assert_array_equal(back, pixels)


def test_a_cut_png_is_refused(call):
    data = png(Image.fromarray(RNG.integers(0, 256, (50, 50, 3), np.uint8)))
    with pytest.raises(AssertionError, match="damaged"):
        call("made_networks.mjs", "decodePng", [[data[: len(data) // 2]]])


@pytest.mark.parametrize("file_format", ("JPEG", "PNG", "WEBP"))
def test_profile_and_exif_reach_the_result(call, file_format):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(RNG.integers(0, 256, (8, 6, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a maker"
    buffer = io.BytesIO()
    image.save(buffer, file_format, icc_profile=profile, exif=exif, dpi=(300, 300))
    (found,) = call("metadata.js", "readMetadata", [[buffer.getvalue()]])
    assert found["orientation"] == 6 and found["notes"] == []
    pixels = {"width": 2, "height": 1, "samples": 3, "pixels": np.zeros(6, np.uint8)}
    (encoded,) = call("png_writer.js", "writePng", [[pixels, found["chunks"]]])
    back = Image.open(io.BytesIO(encoded.tobytes()))
    assert back.info["icc_profile"] == profile
    assert back.getexif()[0x010F] == "a maker" and back.getexif()[0x0112] == 1
    if file_format != "WEBP":
        assert [round(value) for value in back.info["dpi"]] == [300, 300]


def test_a_profile_of_other_colors_is_said(call):
    image = Image.fromarray(RNG.integers(0, 256, (8, 6), np.uint8))
    buffer = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(buffer, "JPEG", icc_profile=profile)
    (found,) = call("metadata.js", "readMetadata", [[buffer.getvalue()]])
    assert found["gray"] and len(found["notes"]) == 1
    assert "iCCP" not in dict(found["chunks"])


def test_a_file_of_fixed_size_computes_the_same(call, repository):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    content = (repository / "savedmodels/xsrcnn_f_x3/model.tflite").read_bytes()
    (fixed,) = call("fixed_size.js", "withFixedSize", [[content, 21, 34]])
    image = RNG.random((1, 21, 34, 1), np.float32)
    results = []
    for file in (content, fixed.tobytes()):
        runner = interpreter.Interpreter(model_content=file)
        details = runner.get_input_details()[0]
        if file is content:
            runner.resize_tensor_input(details["index"], image.shape)
        else:
            assert details["shape_signature"].tolist() == [1, 21, 34, 1]
        runner.allocate_tensors()
        runner.set_tensor(details["index"], image)
        runner.invoke()
        results.append(runner.get_tensor(runner.get_output_details()[0]["index"]))
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("samples", (1, 2, 3, 4))
@pytest.mark.parametrize("upscale, color", ((1, "channels"), (1, "luma"), (2, "luma")))
def test_windows_give_the_whole_pictures_result(call, samples, upscale, color):
    pixels = RNG.integers(0, 256, (40, 57, samples), np.uint8)
    if samples % 2 == 0:
        pixels[5:20, 30:, -1] = 0
    picture = {"width": 57, "height": 40, "pixels": pixels, "chunks": []}
    picture |= {
        "samples": samples,
        "alpha": samples % 2 == 0,
        "colors": samples - (samples + 1) % 2,
    }
    model = {"channels": 1, "color": color, "upscale": upscale, "multiple": 1}
    model |= {"network_halo": 2, "halo": 2 if upscale == 1 else 4}
    calls = [[picture, model, most] for most in (10**6, 400)]
    whole, tiled = call("made_networks.mjs", "restoreByBoxes", calls)
    assert whole["height"] == 40 * upscale and whole["samples"] == samples
    difference = np.abs(whole["pixels"].astype(int) - tiled["pixels"])
    assert difference.max() <= 1 and (difference > 0).mean() < 1e-3
    if upscale == 1 and samples % 2 == 0:
        result = tiled["pixels"].reshape(pixels.shape)
        np.testing.assert_array_equal(result[..., -1], pixels[..., -1])
        np.testing.assert_array_equal(result[5:20, 30:], pixels[5:20, 30:])


@pytest.mark.parametrize("upscale", (1, 2))
def test_strength_is_pythons(call, upscale):
    pixels = RNG.integers(0, 256, (70, 9, 3), np.uint8)
    restored = RNG.uniform(-0.2, 1.2, (70 * upscale, 9 * upscale, 3)).astype(np.float32)

    batch = pixels[None] / np.float32(255)
    before = batch if upscale == 1 else resize_bicubic(batch, scale=upscale)
    expected = np.clip(before + 0.3 * (restored - before), 0, 1) * 255
    picture = {"width": 9, "height": 70, "pixels": pixels, "colors": 3, "samples": 3}
    exact = np.rint(restored * 255 * 64).astype(np.int16)
    values = [picture, {"colors": 3, "samples": 3, "exact": exact}, 0.3, upscale]
    (mixed,) = call("blend.js", "blend", [values])
    assert np.abs(mixed["pixels"] - expected.ravel()).max() <= 0.51
