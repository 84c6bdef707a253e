"""`keras-restore doctor`: what this machine can do, and what to install for more."""

import importlib.metadata
import importlib.util
import os
import platform
import time

import numpy as np

# Package, module, what it is for.
PACKAGES = (
    ("tensorflow", "tensorflow", "Keras models, SavedModels, training and export"),
    ("keras", "keras", "Keras models and training"),
    ("ai-edge-litert", "ai_edge_litert", "LiteRT (.tflite) files"),
    ("openvino", "openvino", "the fastest engine on processors (--engine)"),
    ("onnxruntime", "onnxruntime", "ONNX files"),
    ("numpy", "numpy", "everything"),
    ("pillow", "PIL", "everything"),
    ("scikit-image", "skimage", "estimating noise (--model=auto)"),
    ("tensorflow-datasets", "tensorflow_datasets", "the TFDS builders"),
    ("h5py", "h5py", "published checkpoints of Keras 2 and MATLAB"),
    ("av", "av", "video"),
    ("apache-beam", "apache_beam", "many pictures on a cluster"),
    ("tensorboard", "tensorboard", "TensorBoard logs"),
    ("jax", "jax", "training with the JAX backend"),
)
MEASURED = "xdncnn_gray_sigma25"
SIDE = 256
RUNS = 3


def add_arguments(parser):
    del parser


def run(args):
    del args
    for line in report():
        print(line)
    return 0


def report():
    """Yields the lines of the report."""
    from keras_restore.inference import shipped_models
    from keras_restore.inference.memory import free_memory
    from keras_restore.machine import has_bfloat16
    from keras_restore.version import VERSION

    yield f"keras-restore {VERSION}, Python {platform.python_version()}, {platform.platform()}"
    yield f"{os.cpu_count()} processor cores, {free_memory() / 1e9:.1f} GB of memory free"
    bfloat16 = {True: "yes, train with --mixed_precision=bfloat16", False: "no", None: "unknown"}
    yield f"bfloat16 on the processor: {bfloat16[has_bfloat16()]}"
    yield ""
    missing = []
    for package, module, purpose in PACKAGES:
        found = importlib.util.find_spec(module) is not None
        if not found:
            missing.append((package, purpose))
        yield f"{package:20} {_version(package) if found else 'not installed':16} {purpose}"
    yield ""
    yield from _accelerators()
    names = ", ".join(shipped_models()) or "none"
    yield f"Shipped models: {names}"
    if MEASURED in shipped_models():
        yield ""
        yield f"Engines, milliseconds per megapixel of {MEASURED} in windows of {SIDE} x {SIDE}:"
        yield from _engines()
    if missing:
        yield ""
        yield "To install for what is missing:"
        yield from (f"  pip install {package:20} # {purpose}" for package, purpose in missing)


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "installed"


def _engines():
    """A line for each engine and precision, the fastest of some runs."""
    from keras_restore.inference.engines import ENGINES

    for engine in ENGINES:
        for precision in engine.PRECISIONS:
            yield f"  {engine.NAME or engine.__name__:12} {precision:9} {_speed(engine, precision)}"


def _speed(engine, precision):
    from keras_restore.inference import open_predictor, shipped_models

    if not (shipped_models()[MEASURED] / engine.FILE).exists():
        return f"not measured: no {engine.FILE} is shipped"
    try:
        predictor = open_predictor(MEASURED, engine.NAME, precision)
        window = np.zeros((1, SIDE, SIDE, predictor.channels), np.float32)
        times = []
        for _ in range(1 + RUNS):
            start = time.perf_counter()
            predictor(window)
            times.append(time.perf_counter() - start)
    except (ImportError, ValueError) as error:
        return str(error)
    return f"{1000 * min(times) / (SIDE**2 / 1e6):,.0f}"


def _accelerators():
    if importlib.util.find_spec("keras") is not None:
        try:
            import keras

            yield f"Keras backend: {keras.backend.backend()}"
        except Exception as error:
            yield f"Keras cannot be imported: {error}"
    else:
        yield "Keras backend: none, LiteRT files only"
    if importlib.util.find_spec("tensorflow") is None:
        return
    try:
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
        yield f"GPU: {', '.join(map(str, names)) or 'none that TensorFlow can use'}"
        if not gpus:
            yield "  with an NVIDIA card: pip install tensorflow[and-cuda]"
        xla = "used on GPUs" if gpus else "available, slower than without on processors"
        yield f"XLA: {xla}"
    except Exception as error:
        yield f"TensorFlow cannot be imported: {error}"
