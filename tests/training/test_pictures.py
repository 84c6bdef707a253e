"""The comparisons that a run leaves."""

import numpy as np
from PIL import Image

from keras_restore import protocols, training


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
