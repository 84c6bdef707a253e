"""What a model's card says."""

import json
import pathlib

CARD_FILE = "card.json"


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
    if path.is_dir() and not (folder / CARD_FILE).is_file():
        # A SavedModel's folder, with the card beside it.
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
