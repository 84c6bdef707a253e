"""ONNX files."""

from keras_restore.export.complete_path import complete_path
from keras_restore.export.float32_copy import float32_copy
from keras_restore.export.saved_model import check_backend


def onnx(model, path):
    """Writes an ONNX file of any batch and image size, in float32.

    Args:
        model: A functional `keras.Model` under the TensorFlow backend.
        path: File to write; it appears only when complete.

    Raises:
        ImportError: If the extra `onnx` is not installed.
        ValueError: If the model is not functional, or the backend is not TensorFlow.

    Example:

    >>> keras_restore.export.onnx(model, "model.onnx")
    """
    check_backend()
    try:
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise ImportError("ONNX files need `pip install keras-restore[onnx]`.") from error
    model = float32_copy(model)
    with complete_path(path) as partial:
        model.export(str(partial), format="onnx", verbose=False)
