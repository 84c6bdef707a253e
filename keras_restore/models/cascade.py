"""A denoiser before a frozen vision network, trained for both.

Liu, Wen, Liu, Wang and Huang, "When Image Denoising Meets High-Level Vision Tasks: A Deep
Learning Approach", IJCAI 2018.
"""

import keras

from keras_restore.layers import Frozen

# Lambda of eq. 1 (Sec. 3.2), with VGG-16 and with DeepLab-LargeFOV.
CLASSIFICATION_WEIGHT = 0.25
SEGMENTATION_WEIGHT = 0.5


def cascade(denoiser, vision_model, name="cascade"):
    """Builds noisy image -> denoiser -> frozen vision network, with both outputs (Fig. 3).

    Only the denoiser learns. The vision network, any `keras.Model`, is wrapped in
    `keras_restore.layers.Frozen`: its weights never change and it stays in inference mode,
    its batch norms too, while the gradient of its loss flows through it. `compile_cascade`
    gives the model the joint loss; the denoiser itself, which shares its weights with the
    cascade, is what is saved and used afterwards.

    Args:
        denoiser: A `keras.Model` with one input, an image, and one output of its shape.
        vision_model: A `keras.Model` that takes images as the denoiser returns them, in
            [0, 1]; any preprocessing of its own is inside of it.
        name: Name of the model.

    Returns:
        A `keras.Model` with the denoiser's input and the outputs
        `{"denoised": ..., "prediction": ...}`.

    Raises:
        ValueError: If one of the two is not a Keras model of one input and one output, or if
            the vision network does not take the denoiser's channels.

    Example:

    >>> denoiser = keras_restore.models.denoising_unet()
    >>> vision_model = keras_restore.models.deeplab_largefov(num_classes=21)
    >>> model = cascade(denoiser, vision_model)
    >>> compile_cascade(model, keras.optimizers.SGD(1e-4), SEGMENTATION_WEIGHT)
    """
    for key, value in (("denoiser", denoiser), ("vision_model", vision_model)):
        if not isinstance(value, keras.Model) or len(value.inputs) != 1 or len(value.outputs) != 1:
            raise ValueError(
                f"`{key}` must be a built keras.Model with one input and one output. "
                f"Received: {key}={value!r}"
            )
    channels, expected = denoiser.outputs[0].shape[-1], vision_model.inputs[0].shape[-1]
    if channels != expected:
        raise ValueError(
            f"`vision_model` must take images of {channels} channels, as `denoiser` returns "
            f"them. Received: a vision_model for {expected} channels"
        )

    # === Functional Model ===
    noisy = keras.Input(denoiser.inputs[0].shape[1:], name="degraded")
    denoised = denoiser(noisy)
    prediction = Frozen(vision_model, name="vision")(denoised)
    outputs = {
        "denoised": keras.layers.Activation("linear", dtype="float32", name="denoised")(denoised),
        "prediction": keras.layers.Activation("linear", dtype="float32", name="prediction")(
            prediction
        ),
    }
    return keras.Model(noisy, outputs, name=name)


def compile_cascade(
    model, optimizer, vision_weight, from_logits=True, ignore_class=None, metrics=None, **kwargs
):
    """Compiles a cascade with the paper's joint loss (eq. 1).

    loss = MSE(denoised, clean) + `vision_weight` * cross-entropy(prediction, label), the MSE
    in the units of images in [0, 1]. A dataset for `fit` yields
    `(noisy, {"denoised": clean, "prediction": label})`. A weight of 0 trains the denoiser
    alone, the paper's "separate" network.

    Args:
        model: What `cascade` returned.
        optimizer: A Keras optimizer.
        vision_weight: Lambda, at least 0: `CLASSIFICATION_WEIGHT` is 0.25,
            `SEGMENTATION_WEIGHT` 0.5.
        from_logits: Whether the vision network ends before the softmax.
        ignore_class: Label that does not count, such as 255 for VOC's borders.
        metrics: A dictionary of metrics for "denoised" and "prediction".
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
            "denoised": keras.losses.MeanSquaredError(),
            "prediction": keras.losses.SparseCategoricalCrossentropy(
                from_logits=from_logits, ignore_class=ignore_class
            ),
        },
        loss_weights={"denoised": 1.0, "prediction": float(vision_weight)},
        metrics=metrics,
        **kwargs,
    )
