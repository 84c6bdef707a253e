"""The page in Chromium, against `keras_restore.restore`."""

import functools
import http.server
import io
import os
import struct
import zlib

import conformance_vectors as vectors
import numpy as np
import pytest
from made_pictures import picture as made_picture
from PIL import Image, ImageCms
from served import served

import keras_restore
from keras_restore.commands.serve_command import page_server

pytestmark = pytest.mark.slow

MOST_WAITING = 300_000
CUT = "image => parseFloat(image.style.clipPath.split(' ').at(-1))"


@pytest.fixture(scope="module")
def browser(launch):
    chromium = launch()
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def context(browser):
    """One visitor, whose browser keeps the page."""
    context = browser.new_context()
    context.set_default_timeout(MOST_WAITING)
    yield context
    context.close()


@pytest.fixture
def page(context, address):
    """The page, which must not ask for anything elsewhere, nor stumble."""
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(error))
    open_page(page, address)
    yield page
    page.close()
    assert not [url for url in asked if not url.startswith((address, "blob:", f"blob:{address}"))]
    assert not errors


def open_page(page, address):
    page.goto(address)
    page.locator("#machine", has_text="Ready").wait_for()


def restored(page, content, model, name="photo.png"):
    """What the page makes of a file, as downloaded."""
    if page.locator("#model").input_value() != model:
        page.select_option("#model", model)
    page.set_input_files("#choose", {"name": name, "mimeType": "image/*", "buffer": content})
    page.locator("#facts", has_text=f"by {model}").wait_for()
    return downloaded(page)


def downloaded(page):
    with page.expect_download() as download:
        page.click("#download")
    return Image.open(download.value.path())


def encoded(pixels, file_format="PNG", **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def photo(name, height, width):
    from skimage import data

    image = getattr(data, name)()[80 : 80 + height, 60 : 60 + width, :3]
    noise = np.random.default_rng(1).normal(0, 20, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def differences(image, expected):
    return np.abs(np.asarray(image).astype(int) - np.asarray(expected).astype(int))


# The windows of the page end inside these: 256 x 256 pixels with a halo of 41 on each side.
@pytest.mark.parametrize(
    "name, size, model",
    (
        ("astronaut", (300, 330), "xdncnn_color_blind"),
        ("coffee", (90, 290), "xdncnn_gray_sigma25"),
        ("rocket", (270, 300), "deblock"),
        ("chelsea", (100, 130), "xsrcnn_f_x3"),
    ),
)
def test_photos_are_restored_as_by_python(page, name, size, model):
    content = encoded(photo(name, *size))
    expected = keras_restore.restore(Image.open(io.BytesIO(content)), model)
    difference = differences(restored(page, content, model), expected)
    assert difference.shape == np.shape(expected)
    assert difference.max() <= 1 and (difference > 0).mean() < 1e-3


def test_the_first_model_is_for_photos(page):
    assert page.locator("#model").input_value() == "photo"
    assert page.locator("#sigma").is_visible()


@pytest.mark.parametrize("model", vectors.models())
def test_the_vectors(page, model):
    page.select_option("#model", model)
    pictures = vectors.pictures(model)
    for sigma in {sigma for _, sigma in pictures} - {None}:
        page.fill("#sigma", f"{sigma:g}")
    for name, _ in pictures:
        expected = vectors.expected(model, name)
        page.set_input_files("#choose", vectors.path(name))
        height, width, _ = expected.shape
        page.locator("#facts", has_text=f"{width} × {height} pixels by {model}").wait_for()
        difference = vectors.samples(downloaded(page).filename) - expected
        assert np.abs(difference).max() <= 1 / 255, name


@pytest.mark.parametrize("size", ((1, 1), (3, 200), (40, 57)))
def test_small_pictures(page, size):
    content = encoded(photo("astronaut", *size))
    expected = keras_restore.restore(Image.open(io.BytesIO(content)), "xdncnn_color_blind")
    assert differences(restored(page, content, "xdncnn_color_blind"), expected).max() <= 1


# One window, and a pixel more or less.
@pytest.mark.parametrize("size", ((256, 256), (257, 255), (3, 700), (700, 1)))
def test_sizes(page, made_network, size):
    pixels = made_picture(*size, 3)
    expected = keras_restore.restore(pixels, made_network / "model.tflite")
    assert differences(restored(page, encoded(pixels), "made"), expected).max() <= 1


@pytest.mark.parametrize("file_format", ("JPEG", "WEBP"))
def test_files_that_the_browser_decodes(page, file_format):
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(photo("rocket", 90, 120), file_format, quality=30, exif=exif)
    expected = keras_restore.restore(Image.open(io.BytesIO(content)), "deblock")
    assert np.shape(expected) == (120, 90, 3)
    assert differences(restored(page, content, "deblock"), expected).max() <= 1


@pytest.mark.parametrize("samples, model", ((2, "xdncnn_gray_sigma25"), (4, "xsrcnn_f_x3")))
def test_alpha(page, samples, model):
    pixels = made_picture(60, 70, samples)
    pixels[10:40, 20:50, -1] = 0
    content = encoded(Image.fromarray(pixels, {2: "LA", 4: "RGBA"}[samples]))
    expected = keras_restore.restore(Image.open(io.BytesIO(content)), model)
    result = restored(page, content, model)
    assert result.mode == expected.mode
    assert differences(result, expected).max() <= 1


def test_16_bits(page):
    pixels = made_picture(50, 40, 1, np.uint16)[..., 0]
    content = encoded(pixels)
    expected = keras_restore.restore(pixels, "xdncnn_gray_sigma25")
    assert differences(restored(page, content, "xdncnn_gray_sigma25"), expected).max() <= 2


@pytest.mark.parametrize("model", ("deblock", "xsrcnn_f_x3"))
def test_strength(page, model):
    content = encoded(photo("coffee", 90, 80))
    restored(page, content, model)
    page.fill("#strength", "40")
    expected = keras_restore.restore(Image.open(io.BytesIO(content)), model, strength=0.4)
    assert differences(downloaded(page), expected).max() <= 1
    assert float(page.locator("#after").evaluate("image => image.style.opacity")) == 0.4


def test_a_network_is_told_the_noise_level(page, told_network):
    content = encoded(photo("coffee", 60, 290))
    page.select_option("#model", "deblock")
    assert not page.locator("#sigma").is_visible()
    results = [restored(page, content, "told")]
    page.fill("#sigma", "40")
    page.locator("#facts", has_text="by told told sigma 40").wait_for()
    results.append(downloaded(page))
    for sigma, result in zip((15, 40), results, strict=True):
        image = Image.open(io.BytesIO(content))
        expected = keras_restore.restore(image, told_network / "model.tflite", sigma=sigma)
        assert differences(result, expected).max() <= 1
    assert differences(*results).max() > 1


@pytest.mark.parametrize("model", ("deblock", "xsrcnn_f_x3"))
def test_webgpu(chromium_with_graphics, address, model):
    page = chromium_with_graphics.new_page()
    page.set_default_timeout(MOST_WAITING)
    open_page(page, address)
    if not page.evaluate("navigator.gpu?.requestAdapter().then(Boolean)"):
        pytest.skip("this Chromium has no WebGPU")
    # Nobody waits for it unless it is wished for.
    assert "WebAssembly" in page.locator("#machine").inner_text()
    page.select_option("#engine", "webgpu")
    page.locator("#machine", has_text="WebGPU").wait_for()
    content = encoded(photo("coffee", 30, 50))
    expected = keras_restore.restore(Image.open(io.BytesIO(content)), model)
    assert differences(restored(page, content, model), expected).max() <= 1
    assert "WebGPU" in page.locator("#facts").inner_text()


def test_twelve_megapixels(page, made_network):
    content = encoded(np.tile(photo("astronaut", 300, 400), (10, 10, 1)), "JPEG", quality=95)
    expected = keras_restore.restore(Image.open(io.BytesIO(content)), made_network / "model.tflite")
    difference = differences(restored(page, content, "made"), expected)
    assert difference.shape == (3000, 4000, 3)
    assert difference.max() <= 1


@pytest.mark.parametrize(
    "name, content, sentence",
    (
        ("text.txt", b"no picture at all", "not a picture"),
        ("cut.png", encoded(made_picture(200, 200, 3))[:4000], "damaged"),
        ("scan.tif", encoded(made_picture(20, 20, 3), "TIFF"), "not a picture"),
        ("empty.jpg", b"", "not a picture"),
    ),
)
def test_what_cannot_be_read_is_said_and_the_page_goes_on(page, name, content, sentence):
    page.set_input_files("#choose", {"name": name, "mimeType": "image/*", "buffer": content})
    message = page.locator("#message", has_text=sentence)
    message.wait_for()
    assert message.inner_text().startswith(name)
    small = encoded(made_picture(20, 30, 3))
    assert restored(page, small, "made").size == (30, 20)


def test_very_wide_pictures(page, made_network):
    pixels = made_picture(30, 20_000, 3)
    expected = keras_restore.restore(pixels, made_network / "model.tflite")
    assert differences(restored(page, encoded(pixels), "made"), expected).max() <= 1
    page.set_input_files(
        "#choose", {"name": "huge.png", "mimeType": "image/png", "buffer": huge_png(20_000)}
    )
    page.locator("#message", has_text="400 megapixels").wait_for()


def huge_png(side):
    """The beginning of a PNG file of so many pixels on each side."""

    def chunk(name, content):
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def test_cancel(page):
    page.select_option("#model", "xdncnn_color_blind")
    content = encoded(photo("coffee", 200, 500))
    page.set_input_files("#choose", {"name": "a.png", "mimeType": "image/png", "buffer": content})
    page.locator("#status", has_text="Tile 1 of").wait_for()
    page.keyboard.press("Escape")
    page.locator("#message", has_text="Cancelled").wait_for()
    assert not page.locator("#work").is_visible() and not page.locator("#view").is_visible()
    small = encoded(made_picture(20, 30, 3))
    assert restored(page, small, "xdncnn_color_blind").size == (30, 20)


def test_several_pictures_and_another_network(page):
    files = [
        {
            "name": f"{i}.png",
            "mimeType": "image/png",
            "buffer": encoded(made_picture(20, 30 + i, 3)),
        }
        for i in range(3)
    ]
    page.select_option("#model", "made")
    page.set_input_files("#choose", files)
    page.locator("#pictures span", has_text="✓ 2.png").wait_for()
    page.locator("#pictures button", has_text="1.png").click()
    assert downloaded(page).size == (31, 20)
    page.select_option("#model", "xsrcnn_f_x3")
    page.locator("#facts", has_text="by xsrcnn_f_x3").wait_for()
    assert downloaded(page).size == (93, 60)


def test_keys(page):
    restored(page, encoded(made_picture(40, 60, 3)), "made")
    before = page.locator("#after").evaluate(CUT)
    page.focus("#split")
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    assert page.locator("#after").evaluate(CUT) > before
    page.keyboard.press("1")
    assert page.locator("#zoom").inner_text() == "100 %"
    page.keyboard.press("+")
    assert page.locator("#zoom").inner_text() == "200 %"


@pytest.mark.parametrize("size", ((200, 30), (90, 130), (20, 300)))
def test_the_pictures_part_where_the_divider_stands(page, size):
    restored(page, encoded(made_picture(*size, 3)), "made")
    page.fill("#split", "600")
    stage, layers = (page.locator(f"#{name}").bounding_box() for name in ("stage", "layers"))
    cut = page.locator("#after").evaluate(CUT)
    expected = stage["x"] + 0.6 * stage["width"] - layers["x"]
    assert cut == pytest.approx(min(max(expected, 0), layers["width"]), abs=1)
    # In the middle, as wide or as high as there is room for.
    assert layers["x"] + layers["width"] / 2 == pytest.approx(
        stage["x"] + stage["width"] / 2, abs=1
    )


@pytest.mark.parametrize("width", (320, 390))
def test_a_phone_scrolls_in_one_direction(page, width):
    page.set_viewport_size({"width": width, "height": 700})
    restored(page, encoded(made_picture(40, 90, 3)), "made")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for name in ("model", "strength", "zoom-in", "download"):
        assert page.locator(f"#{name}").bounding_box()["height"] >= 44


def test_photos_are_pasted_and_dropped(page):
    page.select_option("#model", "made")
    for i, event in enumerate(
        (
            "new ClipboardEvent('paste', {clipboardData: data, bubbles: true})",
            "new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})",
        )
    ):
        content = list(encoded(made_picture(20, 30 + i, 3)))
        page.evaluate(
            "([content, name]) => {"
            "  const data = new DataTransfer();"
            "  data.items.add(new File([Uint8Array.from(content)], name, {type: 'image/png'}));"
            f" document.body.dispatchEvent({event});"
            "}",
            [content, f"{i}.png"],
        )
        page.locator("#facts", has_text=f"{30 + i} × 20 pixels by made").wait_for()
        assert downloaded(page).size == (30 + i, 20)


def test_profile_and_exif_are_in_the_download(page):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 8, "a maker"
    content = encoded(made_picture(20, 30, 3), "JPEG", icc_profile=profile, exif=exif)
    result = restored(page, content, "made")
    assert result.size == (20, 30)
    assert result.info["icc_profile"] == profile
    assert result.getexif()[0x010F] == "a maker" and result.getexif()[0x0112] == 1


def test_the_policy_forbids_every_other_address(page, folder, address):
    with served(page_server(folder, port=0)) as elsewhere:
        reached = "address => fetch(address, {mode: 'no-cors'}).then(() => true, () => false)"
        assert page.evaluate(reached, address)
        assert not page.evaluate(reached, elsewhere)


def test_the_first_load_is_below_15_megabytes(browser, address):
    context = browser.new_context()
    # Such a visitor is spared the other models, which are for use without a network.
    context.add_init_script(
        "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
    )
    page = context.new_page()
    sizes = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    open_page(page, address)
    page.wait_for_load_state("networkidle")
    context.close()
    assert 9e6 < sum(sizes) < 15e6


def test_every_control_has_a_name(page):
    restored(page, encoded(made_picture(20, 30, 3)), "made")
    tree = page.locator("body").aria_snapshot()
    for kind in ("button", "combobox", "slider", "img", "progressbar"):
        assert f"- {kind}\n" not in tree and f"- {kind}:" not in tree, tree
    for name in ("What to do", "Strength", "Where before ends", "Zoom in", "Download PNG"):
        assert name in tree


def test_without_a_network(page, context):
    context.set_offline(True)
    try:
        open_page(page, page.url)
        expected = made_picture(20, 30, 3)
        assert restored(page, encoded(expected), "xsrcnn_f_x3").size == (90, 60)
    finally:
        context.set_offline(False)


def test_a_server_without_headers_gets_threads_at_the_second_load(browser, folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Handler, directory=str(folder))
    with served(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        context = browser.new_context()
        page = context.new_page()
        open_page(page, address)
        assert "1 thread" in page.locator("#machine").inner_text()
        open_page(page, address)
        assert page.evaluate("crossOriginIsolated")
        if len(os.sched_getaffinity(0)) > 1:
            assert "1 thread)" not in page.locator("#machine").inner_text()
        context.close()
