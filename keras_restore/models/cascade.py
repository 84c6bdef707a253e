"""A denoiser before a frozen vision network, trained for both.

Liu, Wen, Liu, Wang and Huang, "When Image Denoising Meets High-Level Vision Tasks: A Deep
Learning Approach", IJCAI 2018.
"""

import keras

from keras_restore.layers import Frozen


def cascade(denoiser, vision_model, name="cascade"):
    """Builds noisy image -> denoiser -> frozen vision network, with both outputs (Fig. 3).

    Only the denoiser learns. The vision network, any `keras.Model`, is wrapped in
    `keras_restore.layers.Frozen`: its weights never change and it stays in inference mode,
    its batch norms too, while the gradient of its loss flows through it.
    `keras_restore.training.compile_cascade` gives the model the joint loss; the denoiser
    itself, which shares its weights with the cascade, is what is saved and used afterwards.

    Args:
        denoiser: A `keras.Model` with one input, an image, and one output of its shape.
        vision_model: A `keras.Model` that takes images as the denoiser returns them, in
            [0, 1]; any preprocessing of its own is inside of it.
        name: Name of the model.

    Returns:
        A `keras.Model` with the denoiser's input and the outputs
        `{"restored": ..., "prediction": ...}`, float32.

    Raises:
        ValueError: If one of the two is not a Keras model of one input and one output, or if
            the vision network does not take the denoiser's channels.

    Example:

    >>> denoiser = keras_restore.models.denoising_unet()
    >>> vision_model = keras_restore.models.deeplab_largefov(num_classes=21)
    >>> model = cascade(denoiser, vision_model)
    >>> keras_restore.training.compile_cascade(model, "sgd", vision_weight=0.5)
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
    degraded = keras.Input(denoiser.inputs[0].shape[1:], name="degraded")
    denoised = denoiser(degraded)
    prediction = Frozen(vision_model, name="vision")(denoised)

    def output(x, name):
        return keras.layers.Activation("linear", dtype="float32", name=name)(x)

    outputs = {
        "restored": output(denoised, "restored"),
        "prediction": output(prediction, "prediction"),
    }
    return keras.Model(degraded, outputs, name=name)
