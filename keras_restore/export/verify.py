"""Proof that a written file computes what its model computes."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

SIZES = ((64, 64), (37, 50))
SEED = 25


def verify(model, path, sizes=SIZES):
    """Runs a written artefact and returns its largest difference from the Keras model.

    Args:
        model: The Keras model, which takes float32 images in [0, 1].
        path: A `.keras` file, a SavedModel folder or a `.tflite` file of float input.
        sizes: (height, width) of the images to run; a LiteRT file of fixed size is run at its
            own size.

    Returns:
        The largest absolute difference of any output pixel, a float.

    Raises:
        ValueError: If the kind of `path` is unknown.

    Example:

    >>> verify(model, "savedmodels/mine/model.tflite") < 1e-5
    True
    """
    run, sizes = _runner(pathlib.Path(path), sizes)
    generator = np.random.default_rng(SEED)
    largest = 0.0
    for height, width in sizes:
        image = generator.random((1, height, width, model.input_shape[-1]), np.float32)
        expected = keras.ops.convert_to_numpy(model(image, training=False))
        restored = run(image)
        if restored.shape != expected.shape:
            raise ValueError(
                f"{path} gives images of shape {restored.shape} and the model {expected.shape}."
            )
        largest = max(largest, float(np.abs(restored - expected).max()))
    return largest


def _runner(path, sizes):
    if path.suffix == ".keras":
        loaded = keras.saving.load_model(path, compile=False)
        return lambda image: keras.ops.convert_to_numpy(loaded(image, training=False)), sizes
    if path.suffix == ".tflite":
        return _litert_runner(path, sizes)
    if path.is_dir():
        loaded = tf.saved_model.load(str(path))
        return lambda image: loaded.serve(image).numpy(), sizes
    raise ValueError(
        f"`path` must be a .keras file, a .tflite file or a SavedModel folder. Received: {path}"
    )


def _litert_runner(path, sizes):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=2)
    entry, exit_ = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    fixed = tuple(int(n) for n in entry["shape_signature"][1:3])
    if -1 not in fixed:
        sizes = (fixed,)

    def run(image):
        if tuple(interpreter.get_input_details()[0]["shape"]) != image.shape:
            interpreter.resize_tensor_input(entry["index"], image.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(entry["index"], image)
        interpreter.invoke()
        return interpreter.get_tensor(exit_["index"])

    return run, sizes
