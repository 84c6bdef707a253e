"""Loading a Keras model by name or path."""

from keras_restore.inference.card import read_card
from keras_restore.inference.keras_predictor import KerasPredictor, load_file
from keras_restore.inference.shipped_models import find_model


def load(name_or_path):
    """Loads a Keras model, with its card as the attribute `card`.

    Args:
        name_or_path: Name of a shipped model (`keras-restore models` lists them), path of a
            `.keras` file, or path of a folder of the form of `savedmodels/<name>/`.

    Returns:
        The `keras.Model`. Its attribute `card` is the `Card` of the `card.json` beside it.

    Raises:
        ValueError: If there is no such model, or it has no Keras form.

    Example:

    >>> model = keras_restore.load("xdncnn_gray_sigma25")
    """
    path = find_model(name_or_path)
    file = path / KerasPredictor.FILE if path.is_dir() else path
    if file.suffix != ".keras" or not file.is_file():
        raise ValueError(
            "`name_or_path` must be a model with a .keras file. LiteRT files and SavedModels "
            f"run with `keras_restore.restore`. Received: name_or_path={str(name_or_path)!r}"
        )
    model = load_file(file)
    model.card = read_card(path)
    return model
