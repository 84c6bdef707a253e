"""Where models lie: shipped ones by name, others by path."""

import json
import pathlib

PACKAGE = pathlib.Path(__file__).resolve().parents[1]
# In an installed wheel, and in a checkout of the repository.
SHELVES = (PACKAGE / "savedmodels", PACKAGE.parent / "savedmodels")
MODEL_FILE = "model.keras"
LITERT_FILE = "model.tflite"
SAVED_MODEL_FOLDER = "saved_model"
CARD_FILE = "card.json"


def shipped_models():
    """Finds the models that come with the package.

    Returns:
        Dictionary from name to the folder with `model.keras`, `card.json` and the exports.

    Example:

    >>> folder = shipped_models()["xdncnn_gray_sigma25"]
    """
    folders = {}
    for shelf in reversed(SHELVES):
        if shelf.is_dir():
            for folder in sorted(shelf.iterdir()):
                if (folder / MODEL_FILE).is_file() or (folder / LITERT_FILE).is_file():
                    folders[folder.name] = folder
    return dict(sorted(folders.items()))


def find_model(name_or_path):
    """Resolves the name of a shipped model, or a path, to what lies on the disk.

    Args:
        name_or_path: Name of a shipped model, or path of a `.keras` or `.tflite` file, a
            SavedModel folder, or a folder of the form of `savedmodels/<name>/`.

    Returns:
        `pathlib.Path` of a file or a folder that exists.

    Raises:
        ValueError: If there is no such name or path; the message lists the shipped names.

    Example:

    >>> path = find_model("xdncnn_gray_sigma25")
    """
    shipped = shipped_models()
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    path = pathlib.Path(name_or_path).expanduser()
    if path.is_file() and path.suffix in (".keras", ".tflite"):
        return path
    contents = (MODEL_FILE, LITERT_FILE, "saved_model.pb")
    if path.is_dir() and any((path / name).is_file() for name in contents):
        return path
    raise ValueError(
        "`model` must be the name of a shipped model, a .keras or .tflite file, a SavedModel, or "
        f"a folder with a {MODEL_FILE}. Shipped: {', '.join(shipped) or 'none'}. "
        f"Received: model={str(name_or_path)!r}"
    )


def read_card(path):
    """Reads the card that lies in a model's folder, or beside its file.

    Args:
        path: Path of a model's folder or file.

    Returns:
        The card as a dictionary; an empty one if there is none.

    Raises:
        ValueError: If the card is not a JSON object.

    Example:

    >>> card = read_card("savedmodels/xdncnn_gray_sigma25")
    """
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    if folder.name == SAVED_MODEL_FOLDER and not (folder / CARD_FILE).is_file():
        folder = folder.parent
    file = folder / CARD_FILE
    if not file.is_file():
        return {}
    try:
        card = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{str(file)!r} is not a card: {error}") from error
    if not isinstance(card, dict):
        raise ValueError(f"{str(file)!r} must hold a JSON object.")
    return card
