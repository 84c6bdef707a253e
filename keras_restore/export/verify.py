"""Proof that a written file computes what its model computes."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from keras_restore.export.litert_file import LiteRTFile
from keras_restore.models.noise_level import takes_sigma

SIZES = ((64, 64), (37, 50))
SEED = 25
# What a network that takes it is told of the noise.
SIGMA = 25.0


def verify(model, path, sizes=SIZES):
    """Runs a written artefact and returns its largest difference from the Keras model.

    Args:
        model: The Keras model, which takes float32 images in [0, 1].
        path: A `.keras` file, a SavedModel folder or a `.tflite` file. A file that takes 8-bit
            images is compared with the model's clipped output on the same images.
        sizes: (height, width) of the images to run; a LiteRT file of fixed size is run at its
            own size.

    Returns:
        The largest absolute difference of any output value, a float, of images in [0, 1]; nan
        if one of the outputs has a nan.

    Raises:
        ValueError: If the kind of `path` is unknown or the shapes of the outputs differ.

    Example:

    >>> verify(model, "savedmodels/mine/model.tflite") < 1e-5
    True
    """
    path = pathlib.Path(path)
    run, sizes, uint8 = _open(model, path, sizes)
    generator = np.random.default_rng(SEED)
    largest = 0.0
    for height, width in sizes:
        image = generator.random((1, height, width, model.inputs[0].shape[-1]), np.float32)
        pixels = np.rint(image * 255).astype(np.uint8)
        if uint8:
            image = pixels / np.float32(255)
        expected = restored_image(model, image)
        if uint8:
            expected, restored = np.clip(expected, 0, 1), run(pixels) / np.float32(255)
        else:
            restored = run(image)
        if restored.shape != expected.shape:
            raise ValueError(
                f"{path} gives images of shape {restored.shape} and the model {expected.shape}."
            )
        largest = np.maximum(largest, np.abs(restored - expected).max())
    return float(largest)


def restored_image(model, image):
    """Runs a Keras model; of several outputs the one named "restored" is taken.

    A network that takes it is told a sigma of 25.

    Args:
        model: A `keras.Model`.
        image: float32 array `(batch, height, width, channels)`.

    Returns:
        The restored batch, a NumPy array.

    Example:

    >>> restored = restored_image(model, degraded)
    """
    outputs = model(_inputs(model, image), training=False)
    if isinstance(outputs, (list, tuple)):
        outputs = dict(zip(model.output_names, outputs, strict=True))
    return keras.ops.convert_to_numpy(_restored(outputs))


def _inputs(model, image):
    if not takes_sigma(model):
        return image
    return {"degraded": image, "sigma": np.full((1, 1, 1, 1), SIGMA, np.float32)}


def _restored(outputs):
    if not isinstance(outputs, dict):
        return outputs
    return outputs["restored"] if len(outputs) > 1 else next(iter(outputs.values()))


def _open(model, path, sizes):
    """Returns a function that runs the artefact, sizes it can run, and if it is 8-bit."""
    if path.suffix == ".keras":
        loaded = keras.saving.load_model(path, compile=False)
        return lambda image: restored_image(loaded, image), sizes, False
    if path.suffix == ".tflite":
        file = LiteRTFile(path)
        sizes = sizes if file.size is None else [file.size]
        return lambda image: file.run(image, SIGMA), sizes, file.dtype == np.uint8
    if path.is_dir():
        loaded = tf.saved_model.load(str(path))
        return lambda image: _restored(loaded.serve(_inputs(model, image))).numpy(), sizes, False
    raise ValueError(
        f"`path` must be a .keras file, a .tflite file or a SavedModel folder. Received: {path}"
    )
