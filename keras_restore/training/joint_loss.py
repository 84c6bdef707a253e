"""The joint loss of a denoiser before a vision network."""

import math

import keras
from keras import ops

from keras_restore.metrics import PSNR
from keras_restore.training.objective import Objective

# Lambda of eq. 1 in Liu et al., "When Image Denoising Meets High-Level Vision Tasks", IJCAI
# 2018, Sec. 3.2, with VGG-16 and with DeepLab-LargeFOV.
CLASSIFICATION_WEIGHT = 0.25
SEGMENTATION_WEIGHT = 0.5


def compile_cascade(
    model, optimizer, vision_weight, from_logits=True, ignore_class=None, metrics=None, **kwargs
):
    """Compiles a cascade with the paper's joint loss (eq. 1).

    loss = MSE(restored, clean) + `vision_weight` * cross-entropy(prediction, label), the MSE
    in the units of images in [0, 1]. A dataset for `fit` yields
    `(degraded, {"restored": clean, "prediction": label})`. A weight of 0 trains the denoiser
    alone, the paper's "separate" network.

    Args:
        model: What `keras_restore.models.cascade` returned.
        optimizer: A Keras optimizer.
        vision_weight: Lambda, at least 0: `CLASSIFICATION_WEIGHT` is 0.25,
            `SEGMENTATION_WEIGHT` 0.5.
        from_logits: Whether the vision network ends before the softmax.
        ignore_class: Label that does not count, such as 255 for VOC's borders.
        metrics: A dictionary of metrics for "restored" and "prediction".
        **kwargs: More arguments of `keras.Model.compile`.

    Raises:
        ValueError: If `vision_weight` is negative.

    Example:

    >>> compile_cascade(model, "adam", CLASSIFICATION_WEIGHT, from_logits=False)
    """
    objective = joint_objective(vision_weight, from_logits, ignore_class)
    model.compile(
        optimizer,
        loss=objective.loss,
        loss_weights=objective.loss_weights,
        metrics=metrics,
        **kwargs,
    )


def joint_objective(vision_weight, from_logits=True, ignore_class=None):
    """The joint loss with PSNR and accuracy, for `keras_restore.training.train`.

    Args:
        vision_weight, from_logits, ignore_class: As in `compile_cascade`.

    Returns:
        An `Objective`.

    Raises:
        ValueError: If `vision_weight` is not a finite number of at least 0.

    Example:

    >>> joint_objective(0.25).loss_weights
    {'restored': 1.0, 'prediction': 0.25}
    """
    if not (vision_weight >= 0 and math.isfinite(vision_weight)):
        raise ValueError(
            f"`vision_weight` must be at least 0. Received: vision_weight={vision_weight!r}"
        )
    vision = vision_objective(from_logits, ignore_class)
    return Objective(
        loss={"restored": keras.losses.MeanSquaredError(), "prediction": vision.loss},
        metrics={"restored": [PSNR()], "prediction": vision.metrics},
        loss_weights={"restored": 1.0, "prediction": float(vision_weight)},
    )


def vision_objective(from_logits=True, ignore_class=None):
    """Cross-entropy and accuracy of a vision network alone.

    Args:
        from_logits, ignore_class: As in `compile_cascade`.

    Returns:
        An `Objective`.

    Example:

    >>> vision_objective().columns
    ['accuracy']
    """

    def accuracy(labels, scores):
        labels = ops.cast(labels, "int32")
        valid = ops.ones_like(labels) if ignore_class is None else labels != ignore_class
        valid = ops.cast(valid, "float32")
        found = ops.cast(ops.argmax(scores, axis=-1), "int32")
        right = valid * ops.cast(found == labels, "float32")
        return ops.sum(right) / ops.maximum(ops.sum(valid), 1.0)

    return Objective(
        loss=keras.losses.SparseCategoricalCrossentropy(
            from_logits=from_logits, ignore_class=ignore_class
        ),
        metrics=[keras.metrics.MeanMetricWrapper(accuracy, name="accuracy")],
    )
