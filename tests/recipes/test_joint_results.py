"""What the table of the joint training says of ways of denoising."""

import sys

import numpy as np
import pytest
from PIL import Image

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


def test_the_plot_and_the_picture(tmp_path, monkeypatch):
    plotted = []

    def keep(figure, path, **_):
        (axis,) = figure.axes
        texts = [text.get_text() for text in axis.get_legend().get_texts()]
        lines = [line.get_xydata().tolist() for line in axis.get_lines()]
        plotted.extend([axis.get_xlabel(), axis.get_ylabel(), texts, lines])

    images = np.random.default_rng(0).integers(0, 256, (3, 20, 20, 3), np.uint8)
    examples = [(f"{i}", image, i) for i, image in enumerate(images)]
    results = recipe.JointResults(small_vgg(3, 4), data.LabelledSet(examples, 3), psnr_images=1)
    top1 = [100 * results.measure("clean", 0.0)["top1"]]
    results.write(tmp_path, {})
    top1 += [100 * results.measure("noisy", sigma)["top1"] for sigma in (20, 40)]
    results.save_picture(tmp_path / "a.png", 20)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (2 * 220, 200 * len(results.pictured))
    monkeypatch.setattr(sys.modules[type(results).__module__], "save_figure", keep)
    results.write(tmp_path, {})
    xlabel, ylabel, texts, (clean, noisy) = plotted
    assert (xlabel, ylabel, texts) == ("sigma", "top-1 accuracy [%]", ["clean", "noisy"])
    assert [y for _, y in clean] == [top1[0]] * 2
    assert noisy == [[20, top1[1]], [40, top1[2]]]


def test_each_block_has_twice_the_channels():
    network = small_vgg(3, 4)
    assert network.name == "small_vgg"
    kernels = [w.shape[2:] for w in network.trainable_weights if len(w.shape) == 4]
    assert kernels == [(3, 4), (4, 4), (4, 8), (8, 8), (8, 16), (16, 16)]
