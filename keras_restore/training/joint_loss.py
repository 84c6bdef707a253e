"""The joint loss of a denoiser before a vision network."""

import keras

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
    if not vision_weight >= 0:
        raise ValueError(
            f"`vision_weight` must be at least 0. Received: vision_weight={vision_weight!r}"
        )
    model.compile(
        optimizer,
        loss={
            "restored": keras.losses.MeanSquaredError(),
            "prediction": keras.losses.SparseCategoricalCrossentropy(
                from_logits=from_logits, ignore_class=ignore_class
            ),
        },
        loss_weights={"restored": 1.0, "prediction": float(vision_weight)},
        metrics=metrics,
        **kwargs,
    )
