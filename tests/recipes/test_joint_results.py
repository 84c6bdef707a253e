"""What the table of the joint training says of ways of denoising."""

import numpy as np
import pytest

from keras_restore import data, models, protocols, recipe
from keras_restore.training.vision_network import small_vgg


def test_rows_are_what_was_measured(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 20, 20, 3), np.uint8)
    examples = [(f"{i}", image, i % 3) for i, image in enumerate(images)]
    results = recipe.JointResults(small_vgg(3, 4), data.LabelledSet(examples, 3), psnr_images=2)
    denoiser = models.dncnn(3, depth=2, filters=3)
    results.measure("clean", 0.0)
    noisy, restored = results.measure("noisy", 40), results.measure("joint", 40, denoiser)
    # Two of the four, evenly picked; the noisy image is not clipped.
    expected = []
    for i in range(2):
        clean = images[2 * i] / np.float32(255)
        difference = protocols.color_denoising(40).degrade(clean, i) - clean
        expected.append(-10 * np.log10(np.mean(np.square(difference, dtype=np.float64))))
    assert noisy["psnr"] == pytest.approx(np.mean(expected), abs=1e-4)
    assert restored["psnr"] > noisy["psnr"] + 0.1
    results.write(tmp_path, {"seed": 0})
    results.save_picture(tmp_path / "a.png", 40)
    table = (tmp_path / "results.md").read_text()
    assert f"| 40 | joint | {100 * restored['top1']:.2f} | " in table
    assert f"| {restored['psnr']:.2f} | {restored['ssim']:.4f} |" in table
