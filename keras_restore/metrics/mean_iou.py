"""Intersection over union of a segmentation."""

import numpy as np
from keras import ops


def class_overlap(labels, predictions, num_classes):
    """Counts, for each class, the pixels in the intersection and in the union.

    Pixels whose label is not in `0 .. num_classes - 1` (void, 255) are left out.

    Args:
        labels: Integer classes, any shape.
        predictions: Integer classes of the same shape.
        num_classes: Positive integer.

    Returns:
        Pair of int32 tensors of shape `(num_classes,)`: intersection, union. Summed over the
        images of a set they give its mean IoU.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> intersection, union = class_overlap([[0, 1]], [[0, 0]], num_classes=2)
    """
    labels = ops.cast(ops.convert_to_tensor(labels), "int32")
    predictions = ops.cast(ops.convert_to_tensor(predictions), "int32")
    if tuple(labels.shape) != tuple(predictions.shape):
        raise ValueError(
            "`labels` and `predictions` must have the same shape. Received: "
            f"labels.shape={tuple(labels.shape)}, predictions.shape={tuple(predictions.shape)}"
        )
    labels, predictions = ops.reshape(labels, (-1, 1)), ops.reshape(predictions, (-1, 1))
    classes = ops.arange(num_classes, dtype="int32")[None]
    valid = ops.logical_and(labels >= 0, labels < num_classes)
    is_label = ops.logical_and(labels == classes, valid)
    is_predicted = ops.logical_and(predictions == classes, valid)

    def count(mask):
        return ops.sum(ops.cast(mask, "int32"), axis=0)

    return (
        count(ops.logical_and(is_label, is_predicted)),
        count(ops.logical_or(is_label, is_predicted)),
    )


def mean_iou(intersection, union):
    """The mean intersection over union of the classes that occur.

    Args:
        intersection: Pixels of each class, `(num_classes,)` or, an image a row,
            `(images, num_classes)`.
        union: The same shape.

    Returns:
        A float in [0, 1], NaN if no class occurs.

    Example:

    >>> mean_iou([1, 0], [2, 1])
    0.25
    """
    intersection, union = np.atleast_2d(intersection).sum(0), np.atleast_2d(union).sum(0)
    occurs = union > 0
    if not occurs.any():
        return float("nan")
    return float(np.mean(intersection[occurs] / union[occurs]))
