"""What is known of a model: its `card.json`."""

import dataclasses
import json
import pathlib

from keras_restore.complete_path import complete_path

CARD_FILE = "card.json"
# Of a model's geometry what must be known to run it, and the least that it can be.
GEOMETRY = {"channels": 1, "scale": 1, "multiple": 1, "halo": 0}
# What cards of before call a field.
OLDER_NAMES = {"licence": "license", "data_licence": "data_license"}
# What a field of a type must be, in the card's words.
WORDS = {
    **{str: "text", str | None: "text", int | None: "a whole number", dict: "an object"},
    **{dict | None: "an object", dict | str | None: "an object or text"},
    **{float | tuple | None: "a number or a pair of numbers"},
}


@dataclasses.dataclass
class Card:
    """What is known of a model. A field without a value is not written.

    Attributes:
        name: Of the model.
        task: Words for people.
        degradation: What it was trained for, as `keras.saving` serializes it, or in words.
        sigma: Noise level in grey levels that it was trained for, or the pair of the range.
        color: How a gray model restores a colour picture, "channels" or "luma".
        upscale: Factor by which the picture is enlarged bicubically before the network.
        architecture: Dictionary of the "builder" in `keras_restore.models` and its arguments.
        license: Of the weights.
        data_license: Of the training images.
        scores: Dictionary from set and protocol to the means of the metrics.
        paper: The same of a paper, with the "source".
        parameters: Their number.
        geometry: Dictionary of `channels`, `scale`, `multiple`, `halo` and more, see
            `keras_restore.graph.geometry`.
        files: Of each form its "bytes" and its "largest_difference" from the Keras model.
        exports: What `keras_restore.export.export_formats` measured.
        machine: Where it was trained or measured.
        versions: Of the packages.
        more: Dictionary of everything else: command, settings, data, ...

    Example:

    >>> Card(task="gray denoising", sigma=25, more={"seed": 0}).to_json()
    {'task': 'gray denoising', 'sigma': 25, 'seed': 0}
    """

    name: str = ""
    task: str = ""
    degradation: dict | str | None = None
    sigma: float | tuple | None = None
    color: str | None = None
    upscale: int | None = None
    architecture: dict | None = None
    license: str = ""
    data_license: str = ""
    scores: dict = dataclasses.field(default_factory=dict)
    paper: dict = dataclasses.field(default_factory=dict)
    parameters: int | None = None
    geometry: dict = dataclasses.field(default_factory=dict)
    files: dict = dataclasses.field(default_factory=dict)
    exports: dict = dataclasses.field(default_factory=dict)
    machine: str = ""
    versions: dict = dataclasses.field(default_factory=dict)
    more: dict = dataclasses.field(default_factory=dict)

    @classmethod
    def from_json(cls, values):
        """Makes a card of the dictionary that a `card.json` holds, also of an older version."""
        values = {OLDER_NAMES.get(key, key): value for key, value in values.items()}
        nested = ("geometry", "more")
        own = [f.name for f in dataclasses.fields(cls) if f.name not in nested]
        card = cls(**{name: values.pop(name) for name in own if name in values})
        for key in (*GEOMETRY, "frames", "value_range", "takes_sigma"):
            if key in values:
                card.geometry[key] = values.pop(key)
        card.more = values
        return card

    def to_json(self):
        """Returns the dictionary of JSON values that `card.json` holds, without levels."""
        values = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in ("geometry", "more"):
                values |= value
            elif value not in (None, "", {}):
                values[field.name] = value
        return values

    def levels(self):
        """The noise levels (from, to) that a denoiser was trained for, None of another model."""
        if self.sigma is None:
            return None
        return _range(self.sigma)

    def qualities(self):
        """The JPEG qualities (from, to) that a deblocker was trained for, None of another model."""
        if self.degraded_by() != "Jpeg":
            return None
        return _range(self.degradation["config"]["quality"])

    def degraded_by(self):
        """The class of the degradation, such as "GaussianNoise"; None where it is not told."""
        return self.degradation.get("class_name") if isinstance(self.degradation, dict) else None


def _range(value):
    values = value if isinstance(value, (list, tuple)) else [value]
    return float(values[0]), float(values[-1])


def read_card(path):
    """Reads the card that lies in a model's folder, or beside its file.

    Args:
        path: Path of a model's folder or file.

    Returns:
        A `Card`, without values if there is none.

    Raises:
        ValueError: If the card is not a JSON object, or a field is not what it must be.

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
        return Card()
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{str(file)!r} is not a card: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"{str(file)!r} must hold a JSON object.")
    card = Card.from_json(values)
    for field in dataclasses.fields(card):
        value = getattr(card, field.name)
        good = _are_levels(value) if field.name == "sigma" else isinstance(value, field.type)
        if not good:
            raise ValueError(
                f"{str(file)!r} is not a card: `{field.name}` must be {WORDS[field.type]}. "
                f"Received: {field.name}={value!r}"
            )
    return card


def _are_levels(value):
    if value is None:
        return True
    values = value if isinstance(value, (list, tuple)) else [value]
    return 1 <= len(values) <= 2 and all(isinstance(level, (int, float)) for level in values)


def write_card(card, folder):
    """Writes a `Card` into a model's folder; it appears only when complete.

    Args:
        card: The `Card`.
        folder: Of the model.

    Example:

    >>> write_card(Card(task="gray denoising"), "savedmodels/mine")
    """
    with complete_path(pathlib.Path(folder) / CARD_FILE) as partial:
        text = json.dumps(card.to_json(), indent=2, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")
