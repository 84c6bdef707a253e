"""Vision networks by protocol."""

import numpy as np
import pytest

from keras_restore import protocols


def labelled(count, label):
    generator = np.random.default_rng(0)
    return [(str(i), generator.random((6, 6, 3)).astype(np.float32), label) for i in range(count)]


def test_a_classifier_by_protocol():
    seen = []

    def predict(batch):
        seen.append(batch)
        return np.array([[0.1, 0.5, 0.2, 0.9, 0.0, 0.3, 0.4]])

    protocol = protocols.classification(15)
    rows = protocols.evaluate(predict, labelled(2, label=1), protocol)
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
    rows = protocols.evaluate(lambda batch: scores, labelled(2, label), protocol)
    assert rows[0]["intersection"] == [18, 0] and rows[0]["union"] == [36, 18]
    assert protocol.summary(rows) == {"mean_iou": 0.25}


def test_vision_bad_input():
    with pytest.raises(ValueError, match="at least one image"):
        protocols.evaluate(None, [], protocols.segmentation(15))
    with pytest.raises(ValueError, match="images of 3 channels"):
        protocols.evaluate(None, [("a", np.zeros((6, 6, 1)), 0)], protocols.classification(15))


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
    alone = protocols.evaluate(predict, labelled, protocol)
    batches.clear()
    assert protocols.evaluate(predict, labelled, protocol, batch_size=2) == alone
    assert batches == [2, 1, 1, 1]
