"""The vision networks of the cascade experiments: a small one, and those of keras.applications."""

import sys

import keras
import numpy as np

from keras_restore import layers


def small_vgg(num_classes, filters):
    """Builds a VGG of six 3x3 convolutions with batch norm, for images from 16 pixels on.

    Args:
        num_classes: Number of classes.
        filters: Channels of the first of three blocks; each next one has twice as many.

    Returns:
        A `keras.Model` from `(batch, height, width, 3)` in [0, 1] to logits `(batch, num_classes)`.

    Example:

    >>> vision = small_vgg(10, filters=32)
    """
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Rescaling(4.0, -2.0, name="scaling")(image)
    for i, width in enumerate((filters, 2 * filters, 4 * filters), start=1):
        for j in (1, 2):
            name = f"conv{i}_{j}"
            x = keras.layers.Conv2D(
                width,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer="he_normal",
                name=name,
            )(x)
            x = layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
            x = keras.layers.ReLU(name=f"{name}_relu")(x)
        if i < 3:
            x = keras.layers.MaxPooling2D(name=f"pool{i}")(x)
        x = keras.layers.Dropout(0.1, name=f"dropout{i}")(x)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    x = keras.layers.Dropout(0.3, name="dropout")(x)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(x)
    return keras.Model(image, logits, name="small_vgg")


def is_application(name):
    """Whether `keras.applications` has a network of that name."""
    return name.isidentifier() and callable(getattr(keras.applications, name, None))


def application(name, weights, size, num_classes):
    """Builds a network of `keras.applications` with its preprocessing inside.

    Args:
        name: "VGG16".
        weights: "imagenet", the path of a file, or None for random ones.
        size: Height and width of the images.
        num_classes: Number of classes.

    Returns:
        A `keras.Model` from `(batch, size, size, 3)` in [0, 1] to logits `(batch, num_classes)`.

    Example:

    >>> vision = application("VGG16", "imagenet", 224, 1000)
    """
    builder = getattr(keras.applications, name)
    network = builder(
        weights=weights,
        input_shape=(size, size, 3),
        classes=num_classes,
        classifier_activation=None,
    )
    image = keras.Input((size, size, 3), name="image")
    preprocess_input = sys.modules[builder.__module__].preprocess_input
    return keras.Model(image, network(preprocess_input(255.0 * image)), name=name.lower())


def check_vision_network(vision, labelled_set, size):
    """Refuses a vision network that does not take the images or has other classes.

    Args:
        vision: The `keras.Model`.
        labelled_set: A `data.LabelledSet`.
        size: Height and width of the patches to train on.

    Raises:
        ValueError: If its input or its output does not fit.

    Example:

    >>> check_vision_network(vision, labelled_set, size=32)
    """
    shape = vision.input_shape
    if len(shape) != 4 or shape[3] != 3 or any(n not in (None, size) for n in shape[1:3]):
        raise ValueError(
            f"The vision network must take RGB images of {size} x {size}. "
            f"Received: a network for inputs {shape}"
        )
    expected = (1, size, size) if labelled_set.per_pixel else (1,)
    output = tuple(vision(np.zeros((1, size, size, 3), np.float32), training=False).shape)
    if output != (*expected, labelled_set.num_classes):
        raise ValueError(
            f"The vision network must give scores of the {labelled_set.num_classes} classes, "
            f"{(*expected, labelled_set.num_classes)}. Received: {output}"
        )


def ends_in_softmax(vision):
    """Whether a vision network gives probabilities, not logits."""
    return getattr(vision.layers[-1], "activation", None) is keras.activations.softmax
