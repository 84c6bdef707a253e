"""Top-k and mean IoU."""

import numpy as np
import pytest

from keras_restore import metrics


def test_top_k_equals_sorting():
    generator = np.random.default_rng(0)
    scores, labels = generator.normal(size=(50, 10)), generator.integers(0, 10, 50)
    order = np.argsort(-scores, axis=1)
    for k in (1, 3, 5):
        expected = [label in row[:k] for label, row in zip(labels, order, strict=True)]
        np.testing.assert_array_equal(metrics.top_k(labels, scores, k), expected)


def test_top_k_bad_input():
    with pytest.raises(ValueError, match="from 1 to the number of classes"):
        metrics.top_k([0], [[0.1, 0.9]], k=3)
    with pytest.raises(ValueError, match=r"must be \(batch,\)"):
        metrics.top_k([0, 1], [[0.1, 0.9]])


def test_mean_iou_equals_sets_of_pixels_and_leaves_void_out():
    generator = np.random.default_rng(1)
    labels = generator.integers(0, 4, (2, 9, 7))
    labels[:, 0] = 11
    predictions = generator.integers(0, 4, (2, 9, 7))
    overlaps = [metrics.class_overlap(a, b, 5) for a, b in zip(labels, predictions, strict=True)]
    value = metrics.mean_iou(*(np.stack([o[i] for o in overlaps]) for i in (0, 1)))
    ious = []
    for c in range(4):
        truth = set(zip(*np.nonzero(labels == c), strict=True))
        said = set(zip(*np.nonzero((predictions == c) & (labels != 11)), strict=True))
        ious.append(len(truth & said) / len(truth | said))
    assert abs(value - np.mean(ious)) < 1e-12


def test_mean_iou_of_nothing_but_void():
    assert np.isnan(metrics.mean_iou(*metrics.class_overlap([11, 11], [0, 1], 3)))
