"""The engines that run models: one row for each."""

from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.predictor import Predictor
from keras_restore.inference.saved_model_predictor import SavedModelPredictor

# Of a model's folder, the first that is there and installed is taken.
ENGINES = [KerasPredictor, LiteRTPredictor, SavedModelPredictor]


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
    ... class OpenVINOPredictor(Predictor):
    ...     FILE = "model.xml"
    ...     NEEDS = ("openvino",)
    ...
    ...     @staticmethod
    ...     def reads(path):
    ...         return pathlib.Path(path).suffix == ".xml"
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
