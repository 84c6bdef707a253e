"""The report in a real browser: tables, slider, keys, difference picture."""

import base64
import html.parser
import importlib.util
import io
import json
import pathlib
import re

import numpy as np
import pytest
from PIL import Image

from keras_restore.evaluation import evaluate_models
from keras_restore.evaluation.plots import bars, curves

SPEC = importlib.util.spec_from_file_location(
    "chromium", pathlib.Path(__file__).with_name("chromium.py")
)
chromium = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(chromium)

needs_chromium = pytest.mark.skipif(
    chromium.find() is None, reason="needs Chromium: apt-get install chromium"
)


@pytest.fixture
def measured(folder, tmp_path):
    path = tmp_path / "report.html"
    measurements = evaluate_models(
        ["nlm", "tv"], [str(folder)], ["gray_sigma15", "gray_sigma25"], report_path=str(path)
    )
    return path, measurements


def embedded(path):
    content = re.search(r'id="data">(.*?)</script>', path.read_text(), re.DOTALL)[1]
    return json.loads(content)


def decoded(uri):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))), int)


def test_the_page_is_one_file_without_links(measured):
    text = measured[0].read_text()
    without_pictures = re.sub(r"data:image/png;base64,[\w+/=]+", "", text)
    assert "{{" not in without_pictures
    links = re.findall(r"(?:https?:)?//[\w.]+", without_pictures.replace("// ", ""))
    assert set(links) <= {"http://www.w3.org"}
    assert not re.findall(r"<(?:link|script src|iframe)", without_pictures)


def test_the_pictures_are_those_measured(measured, folder):
    page = embedded(measured[0])[1]
    assert page["protocol"] == "gray_sigma25"
    image = page["images"]["picture2.png"]
    clean = np.asarray(Image.open(folder / "picture2.png"), int)
    np.testing.assert_array_equal(decoded(image["clean"]), clean)
    noise = np.random.default_rng(2).normal(0, 25, clean.shape)
    expected = np.clip(np.rint(clean + noise), 0, 255)
    assert np.abs(decoded(image["degraded"]) - expected).max() <= 1


def test_no_more_pictures_than_asked_for(folder, tmp_path):
    path = tmp_path / "report.html"
    evaluate_models(
        ["degraded"], [str(folder)], ["gray_sigma25"], report_path=str(path), report_images=1
    )
    assert list(embedded(path)[0]["images"]) == ["picture0.png"]
    assert len(re.findall(r"<td>picture\d", path.read_text())) == 3


def test_names_are_text_and_no_markup(folder, tmp_path):
    path, strange = tmp_path / "report.html", tmp_path / "<i>set&"
    folder.rename(strange)
    label = "</script><b>mine</b>"
    evaluate_models([f"{label}=degraded"], [str(strange)], ["gray_sigma25"], report_path=str(path))
    tags, words = set(), []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.add(tag)
    parser.handle_data = words.append
    parser.feed(path.read_text())
    assert not {"b", "i"} & tags and label in "".join(words)
    assert embedded(path)[0]["set"] == "<i>set&"


@needs_chromium
def test_in_the_browser(measured, tmp_path):
    path, measurements = measured
    with chromium.Chromium(tmp_path / "profile") as page:
        page.open(path)
        check_tables(page, measurements)
        check_slider(page)
        check_sorting_and_keys(page, measurements)
        check_zoom_and_difference(page, embedded(path)[1])
        page.screenshot(tmp_path / "report.png")
        assert Image.open(tmp_path / "report.png").size[0] == 1280
        methods = [event.get("method") for event in page.events]
        assert "Runtime.exceptionThrown" not in methods and "Log.entryAdded" not in methods
        asked = [
            e["params"]["request"]["url"]
            for e in page.events
            if e.get("method") == "Network.requestWillBeSent"
        ]
        assert all(url.startswith(("file:", "data:")) for url in asked)


def check_tables(page, measurements):
    rows = page.evaluate(
        "[...document.querySelectorAll('#summary tbody tr')]"
        ".map(r => [...r.cells].map(c => c.textContent))"
    )
    assert [(row[0], row[3]) for row in rows] == [(m.protocol.name, m.model) for m in measurements]
    assert [float(row[4]) for row in rows] == [round(m.mean["psnr"], 3) for m in measurements]
    page.evaluate("document.querySelectorAll('#images th button')[4].click()")
    psnr = page.evaluate(
        "[...document.querySelectorAll('#images tbody tr')].map(r => +r.cells[4].textContent)"
    )
    assert len(psnr) == 12 and psnr == sorted(psnr, reverse=True)
    assert page.evaluate("document.querySelectorAll('svg').length") == 4


def check_slider(page):
    page.evaluate("document.getElementById('stage').scrollIntoView()")
    box = page.evaluate(
        "(b => [b.left, b.top, b.width, b.height])"
        "(document.getElementById('stage').getBoundingClientRect())"
    )
    assert box[2] > 40 and box[3] > 40
    middle = box[1] + box[3] / 2
    page.mouse("mousePressed", box[0] + box[2] / 2, middle)
    page.mouse("mouseMoved", box[0] + box[2] / 3, middle)
    page.mouse("mouseMoved", box[0] + box[2] / 4, middle)
    page.mouse("mouseReleased", box[0] + box[2] / 4, middle)
    page.mouse("mouseMoved", box[0] + box[2] / 2, middle)
    assert abs(page.evaluate("+document.getElementById('split').value") - 25) <= 1
    clip = page.evaluate("document.getElementById('leftImage').style.clipPath")
    assert abs(float(re.search(r"([\d.]+)%", clip)[1]) - 75) <= 1
    page.evaluate("document.getElementById('split').focus()")
    before = page.evaluate("+document.getElementById('split').value")
    page.key("ArrowRight", number=39)
    assert page.evaluate("+document.getElementById('split').value") > before


def check_sorting_and_keys(page, measurements):
    names = "[...document.querySelectorAll('#list button')].map(b => b.dataset.name)"
    current = "document.querySelector('#list [aria-current=true]').dataset.name"
    page.evaluate(
        "(s => { s.value = '1'; s.dispatchEvent(new Event('change')); })"
        "(document.getElementById('page'))"
    )
    rows = next(m for m in measurements if (m.protocol.name, m.model) == ("gray_sigma25", "nlm"))
    by_gain = sorted(rows.rows, key=lambda row: row["psnr_degraded"] - row["psnr"])
    assert page.evaluate(names) == [row["image"] for row in by_gain]
    page.evaluate(
        "(s => { s.value = 'loss'; s.dispatchEvent(new Event('change')); })"
        "(document.getElementById('sort'))"
    )
    assert page.evaluate(names) == [row["image"] for row in reversed(by_gain)]
    page.evaluate("document.querySelector('#list button').click(); document.body.focus()")
    page.key("n")
    assert page.evaluate(current) == by_gain[1]["image"]
    page.key("p")
    assert page.evaluate(current) == by_gain[2]["image"]
    left = page.evaluate("document.getElementById('left').value")
    page.key("x")
    assert page.evaluate("document.getElementById('right').value") == left
    page.key("x")


def check_zoom_and_difference(page, content):
    for _ in range(3):
        page.key("+")
    name = page.evaluate("document.querySelector('#list [aria-current=true]').dataset.name")
    image = content["images"][name]
    width = page.evaluate("document.getElementById('stage').getBoundingClientRect().width")
    assert width == 4 * image["size"][0]
    page.key("d")
    page.wait_for(f"document.getElementById('rightDifference').width == {image['size'][0]}")
    pixels = page.evaluate(
        "(c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data])"
        "(document.getElementById('rightDifference'))"
    )
    shown = np.reshape(pixels, (*image["size"][::-1], 4))[..., 0]
    difference = decoded(image["restored"]["nlm"]) - decoded(image["clean"])
    np.testing.assert_array_equal(shown, np.clip(128 + 5 * difference, 0, 255))
    page.key("d")
    assert page.evaluate("document.getElementById('rightDifference').hidden")


def test_plots_have_an_element_a_value():
    svg = bars("gain", {"A": {"x": 1.0, "y": -0.5}, "B": {"x": 2.0}}, "dB", {("A", "x"): 1.5})
    assert svg.count("<rect") == 3 and svg.count("the paper") == 1
    svg = curves("psnr", {"x<y": [(15, 31.0), (25, 29.0)]}, "sigma", "dB")
    assert svg.count('font-weight="600"') == 1
    axis = curves("psnr", {"a": [(0, 1.0), (6, 2.0)]}, "", "")
    assert re.findall(r'text-anchor="middle"[^>]*>(\d+)<', axis) == list("0123456")
    assert svg.count("<circle") == 2 and "x&lt;y" in svg and "x<y" not in svg
