"""Proof that a written file computes what its model computes."""

import numpy as np

from keras_restore.inference.open_predictor import open_predictor

SIZES = ((64, 64), (37, 50))
SEED = 25
# What a model that takes it is told of the noise, in grey levels.
SIGMA = 25.0


def verify(model, path, sizes=SIZES):
    """Runs a written artefact and returns its largest difference from the Keras model.

    Args:
        model: The Keras model, which takes float32 images in [0, 1].
        path: Path of what an engine runs, or the `Predictor` that does. A file that takes 8-bit
            images is compared with the model's clipped output on the same images.
        sizes: (height, width) of the images to run; a LiteRT file of fixed size is run at its
            own size.

    Returns:
        The largest absolute difference of any output value, a float, of images in [0, 1]; nan
        if one of the outputs has a nan.

    Raises:
        ValueError: If there is no such file or the shapes of the outputs differ.

    Example:

    >>> verify(model, "savedmodels/mine/model.tflite") < 1e-5
    True
    """
    expect, restore = open_predictor(model), open_predictor(path)
    if restore.size is not None:
        sizes = [restore.size]
    generator = np.random.default_rng(SEED)
    largest = 0.0
    for height, width in sizes:
        image = generator.random((1, height, width, expect.channels * expect.frames), np.float32)
        if restore.dtype == np.uint8:
            image = np.rint(image * 255) / np.float32(255)
        expected, restored = (run.told(SIGMA)(image) for run in (expect, restore))
        if restore.dtype == np.uint8:
            expected = np.clip(expected, 0, 1)
        if restored.shape != expected.shape:
            raise ValueError(
                f"{path} gives images of shape {restored.shape} and the model {expected.shape}."
            )
        largest = np.maximum(largest, np.abs(restored - expected).max())
    return float(largest)
