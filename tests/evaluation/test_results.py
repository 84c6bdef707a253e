"""The table: gains, and differences to the papers."""

import dataclasses

from keras_restore import protocols
from keras_restore.evaluation import results
from keras_restore.evaluation.measure import Measurement
from keras_restore.evaluation.report import _plots

ROWS = [
    {"image": name, "psnr": psnr, "ssim": 0.875, "psnr_degraded": 20.0, "ssim_degraded": 0.5}
    for name, psnr in (("a", 29.0), ("b", 30.0))
]


def measurement(**settings):
    made = {"model": "xDnCNN", "source": "a.keras", "model_hash": "1", "dataset": "BSD68"}
    made |= {"data_hash": "2", "verified": True, "protocol": protocols.gray_denoising(25)}
    return Measurement(**{**made, "rows": ROWS, **settings})


def test_gain_and_difference_to_the_paper():
    (row,) = results.summary_rows([measurement()])
    assert measurement().paper.psnr == 29.21
    assert (row["PSNR"], row["gain"], row["SSIM"]) == ("29.500", "+9.500", "0.8750")
    assert (row["paper PSNR"], row["difference"]) == ("29.21", "+0.290")
    assert (row["images"], row["set"]) == ("2", "BSD68")
    worse = [{**each, "psnr": 19.0} for each in ROWS]
    row, other = results.summary_rows([measurement(rows=worse), measurement(model="mine")])
    assert (row["gain"], row["difference"]) == ("-1.000", "-10.210")
    assert other["difference"] == other["paper PSNR"] == ""


def test_what_is_not_verified_is_marked():
    made = measurement(verified=False, skipped=(("c", "small"),))
    (row,) = results.summary_rows([made])
    assert row["set"] == "BSD68*"
    counted, star = results.notes([made])
    assert counted == "BSD68: 1 files skipped" and star.startswith("* ")
    assert not results.notes([measurement()])


def test_json_says_what_was_measured():
    made = measurement(skipped=(("c", "small"),)).to_json()
    assert made["mean"]["psnr"] == 29.5 and made["images"] == ROWS and made["verified"] is True
    assert (made["model_hash"], made["data_hash"]) == ("1", "2")
    assert made["paper"]["psnr"] == 29.21 and made["skipped"] == [["c", "small"]]


def test_the_papers_tick_is_in_the_plot():
    (with_paper, *_) = _plots([measurement()])
    (without, *_) = _plots([dataclasses.replace(measurement(), model="mine")])
    assert with_paper.count("the paper") == without.count("the paper") + 1
