"""Top-k accuracy of a classifier."""

from keras import ops


def top_k(labels, scores, k=1):
    """Says for each image whether the true class is among the k highest scores.

    Args:
        labels: Integer classes, `(batch,)`.
        scores: Logits or probabilities, `(batch, classes)`.
        k: Positive integer, at most the number of classes.

    Returns:
        float32 tensor of shape `(batch,)`, 1.0 or 0.0. Among equal scores the lower class
        comes first.

    Raises:
        ValueError: If `k` is out of range or the shapes do not fit.

    Example:

    >>> float(ops.mean(top_k([1, 0], [[0.1, 0.9], [0.3, 0.7]])))
    0.5
    """
    labels, scores = ops.convert_to_tensor(labels), ops.convert_to_tensor(scores)
    if len(scores.shape) != 2 or tuple(labels.shape) != tuple(scores.shape[:1]):
        raise ValueError(
            "`labels` must be (batch,) and `scores` (batch, classes). "
            f"Received: labels.shape={tuple(labels.shape)}, scores.shape={tuple(scores.shape)}"
        )
    if not isinstance(k, int) or not 1 <= k <= scores.shape[1]:
        raise ValueError(
            f"`k` must be an integer from 1 to the number of classes. Received: k={k}, "
            f"classes={scores.shape[1]}"
        )
    _, best = ops.top_k(scores, k)
    found = ops.cast(best, "int32") == ops.cast(labels, "int32")[:, None]
    return ops.cast(ops.any(found, axis=1), "float32")
