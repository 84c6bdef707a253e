"""PSNR-B against its formula, written out pixel by pixel."""

import math

import numpy as np
import pytest

from keras_restore import metrics


def reference(clean, restored, block):
    height, width = clean.shape
    at_edges, elsewhere = [], []
    for y in range(height):
        for x in range(width):
            if x + 1 < width:
                pairs = at_edges if (x + 1) % block == 0 else elsewhere
                pairs.append((restored[y, x] - restored[y, x + 1]) ** 2)
            if y + 1 < height:
                pairs = at_edges if (y + 1) % block == 0 else elsewhere
                pairs.append((restored[y, x] - restored[y + 1, x]) ** 2)
    excess = np.mean(at_edges) - np.mean(elsewhere)
    weight = math.log2(block) / math.log2(min(height, width)) if excess > 0 else 0.0
    return -10 * math.log10(np.mean((clean - restored) ** 2) + weight * excess)


@pytest.mark.parametrize("shape", [(32, 40), (17, 23)])
def test_equals_the_formula(shape):
    generator = np.random.default_rng(0)
    clean = generator.random(shape)
    blocks = np.kron(generator.random((5, 5)), np.ones((8, 8)))[: shape[0], : shape[1]]
    value = float(metrics.psnr_b(clean[..., None], blocks[..., None]))
    assert abs(value - reference(clean, blocks, 8)) < 1e-4
    assert value < float(metrics.psnr(clean[..., None], blocks[..., None])) - 0.1
    # Each image of a batch by itself.
    pair = np.stack([clean, 1 - clean])[..., None], np.stack([blocks, clean])[..., None]
    expected = [value, reference(1 - clean, clean, 8)]
    np.testing.assert_allclose(metrics.psnr_b(*pair), expected, atol=1e-4)


def test_without_blocks_it_is_psnr():
    generator = np.random.default_rng(1)
    clean = generator.random((2, 32, 32, 1))
    checkerboard = (np.indices((32, 32)).sum(0) % 2)[None, :, :, None] * np.ones((2, 1, 1, 1))
    checkerboard[:, :, 7::8] = checkerboard[:, :, 8::8].mean()
    restored = np.where(np.indices((32, 32))[1][None, ..., None] % 8 > 6, 0.5, checkerboard)
    np.testing.assert_allclose(
        metrics.psnr_b(clean, restored), metrics.psnr(clean, restored), rtol=1e-6
    )


def test_bad_input():
    image = np.zeros((1, 16, 16, 1))
    with pytest.raises(ValueError, match="multiple of block_size=8"):
        metrics.psnr_b(image, image, crop_border=4)
    with pytest.raises(ValueError, match="larger than a block"):
        metrics.psnr_b(image[:, :8], image[:, :8])
