"""Top-k and mean IoU."""

import numpy as np
import pytest

from keras_restore import metrics
from keras_restore.metrics import protocols


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


def labelled(count, label):
    generator = np.random.default_rng(0)
    return [(str(i), generator.random((6, 6, 3)).astype(np.float32), label) for i in range(count)]


def test_a_classifier_by_protocol():
    seen = []

    def predict(batch):
        seen.append(batch)
        return np.array([[0.1, 0.5, 0.2, 0.9, 0.0, 0.3, 0.4]])

    protocol = protocols.classification(15)
    rows = metrics.evaluate_vision(predict, labelled(2, label=1), protocol)
    assert rows[0] == {"image": "0", "top1": 0.0, "top5": 1.0}
    assert protocol.summary(rows) == {"top1": 0.0, "top5": 1.0}
    noise = np.random.default_rng(1).normal(0, 15 / 255, (6, 6, 3)).astype(np.float32)
    np.testing.assert_array_equal(seen[1][0], labelled(2, 1)[1][1] + noise)


def test_a_segmentation_by_protocol():
    label = np.zeros((6, 6), int)
    label[:, 3:] = 1
    scores = np.zeros((1, 6, 6, 2))
    scores[..., 0] = 0.5
    protocol = protocols.segmentation(15)
    rows = metrics.evaluate_vision(lambda batch: scores, labelled(2, label), protocol)
    assert rows[0]["intersection"] == [18, 0] and rows[0]["union"] == [36, 18]
    assert protocol.summary(rows) == {"mean_iou": 0.25}


def test_vision_bad_input():
    with pytest.raises(ValueError, match="at least one image"):
        metrics.evaluate_vision(None, [], protocols.segmentation(15))
    with pytest.raises(ValueError, match="images of 3 channels"):
        metrics.evaluate_vision(None, [("a", np.zeros((6, 6, 1)), 0)], protocols.classification(15))


def test_batches_of_one_size_measure_the_same():
    generator = np.random.default_rng(3)
    sizes = [(4, 5), (4, 5), (4, 5), (6, 5), (4, 5)]
    labelled = [
        (str(i), generator.uniform(size=(*size, 3)), generator.integers(0, 3, size))
        for i, size in enumerate(sizes)
    ]
    batches = []

    def predict(batch):
        batches.append(len(batch))
        return batch

    protocol = protocols.segmentation(30)
    alone = metrics.evaluate_vision(predict, labelled, protocol)
    batches.clear()
    assert metrics.evaluate_vision(predict, labelled, protocol, batch_size=2) == alone
    assert batches == [2, 1, 1, 1]
