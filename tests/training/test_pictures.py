"""The comparisons that a run leaves."""

import numpy as np
from PIL import Image

from keras_restore import protocols, training
from keras_restore.training import pictures


def test_clean_degraded_restored_side_by_side(tmp_path):
    clean, small, restored = np.zeros((4, 6, 3)), np.full((2, 3, 3), 0.2), np.full((4, 6, 3), 0.4)
    training.save_comparison(tmp_path / "a.png", clean, small, restored)
    pixels = np.asarray(Image.open(tmp_path / "a.png"))
    gap = [255] * 4
    assert pixels.shape == (4, 26, 3)
    np.testing.assert_array_equal(pixels[1, :, 1], [0] * 6 + gap + [51] * 6 + gap + [102] * 6)


def test_a_large_picture_is_cut_to_its_centre(tmp_path):
    clean = np.zeros((330, 340, 1))
    clean[5, 10], clean[-6, -11] = 1, 1
    training.save_comparison(tmp_path / "a.png", clean, clean, clean)
    part = np.asarray(Image.open(tmp_path / "a.png"))[:, :320]
    assert part.shape == (320, 320) and part[0, 0] == part[-1, -1] == 255


def test_the_picture_is_of_the_first_image(tmp_path):
    images = [(name, np.full((12, 12, 1), level)) for name, level in (("a", 0.2), ("b", 0.6))]
    evaluation = training.Evaluation("s", images, protocols.gray_denoising(0))
    (tmp_path / "a.png").write_text("an older one")
    evaluation.measure(lambda batch: batch, tmp_path / "a.png")
    assert np.asarray(Image.open(tmp_path / "a.png"))[0, 0] == 51


def test_curves(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(pictures, "save_figure", lambda figure, path: drawn.append(figure))
    rows = [{"step": 2, "loss": 0.5, "a": 1.0}, {"step": 4, "loss": 0.25, "a": 2.0, "b": 20.0}]
    pictures.save_curves(tmp_path / "a.png", rows, {"a": "A [x]"}, {"b": "PSNR [dB]"})
    loss, left, right = drawn[0].axes
    labels = [(axis.get_xlabel(), axis.get_ylabel(), axis.get_title()) for axis in (loss, left)]
    assert labels == [("step", "training loss", "Loss"), ("step", "A [x]", "A")]
    for axis, points in zip(
        (loss, left, right), ([(2, 0.5), (4, 0.25)], [(2, 1), (4, 2)], [(4, 20)]), strict=True
    ):
        np.testing.assert_array_equal(axis.lines[0].get_xydata(), points)
    assert loss.get_yscale() == "log"
    assert [axis.get_legend().get_texts()[0].get_text() for axis in (left, right)] == [
        "training batches",
        "b",
    ]
