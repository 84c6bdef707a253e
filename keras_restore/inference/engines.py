"""The engines that run models: one row for each."""

from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.onnx_predictor import ONNXPredictor
from keras_restore.inference.openvino_predictor import OpenVINOPredictor
from keras_restore.inference.predictor import Predictor
from keras_restore.inference.saved_model_predictor import SavedModelPredictor

# A file is run by the first that reads it and is installed.
ENGINES = [
    KerasPredictor,
    LiteRTPredictor,
    SavedModelPredictor,
    ONNXPredictor,
    OpenVINOPredictor,
]


def register_engine(engine):
    """Lets an engine of yours run what it reads, wherever a model is named.

    Args:
        engine: A subclass of `Predictor` with `FILE` and `reads`.

    Returns:
        The engine, so that this decorates a class.

    Raises:
        ValueError: If `engine` is no such class.

    Example:

    >>> @register_engine
    ... class CoreMLPredictor(Predictor):
    ...     NAME = "coreml"
    ...     FILE = "model.mlpackage"
    ...     NEEDS = ("coremltools",)
    ...
    ...     @staticmethod
    ...     def reads(path):
    ...         return pathlib.Path(path).suffix == ".mlpackage"
    """
    is_engine = isinstance(engine, type) and issubclass(engine, Predictor)
    if not is_engine or engine.FILE is None or not hasattr(engine, "reads"):
        raise ValueError(
            "`engine` must be a subclass of Predictor with `FILE` and `reads`. "
            f"Received: engine={engine!r}"
        )
    if engine not in ENGINES:
        ENGINES.append(engine)
    return engine
