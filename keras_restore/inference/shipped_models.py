"""Where models lie: shipped ones by name, others by path."""

import pathlib

from keras_restore.inference.engines import ENGINES

PACKAGE = pathlib.Path(__file__).resolve().parents[1]
# Of files that other frameworks wrote, which `keras_restore.published` reads.
CHECKPOINT_SUFFIXES = (".pkl", ".pth", ".pt", ".mat", ".h5", ".hdf5")
# Names of models that were shipped before, and the model that covers their use.
SUCCESSORS = {"deblock_q10": "deblock"}
# In an installed wheel, and in a checkout of the repository.
SHELVES = (PACKAGE / "savedmodels", PACKAGE.parent / "savedmodels")


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
                if forms(folder):
                    folders[folder.name] = folder
    return dict(sorted(folders.items()))


def find_model(name_or_path):
    """Resolves the name of a shipped model, or a path, to what lies on the disk.

    Args:
        name_or_path: Name of a shipped model, or one of `SUCCESSORS`; or path of a `.keras` or
            `.tflite` file, a SavedModel folder, or a folder of the form of `savedmodels/<name>/`.

    Returns:
        `pathlib.Path` of a file or a folder that exists.

    Raises:
        ValueError: If there is no such name or path; the message lists the shipped names.

    Example:

    >>> path = find_model("xdncnn_gray_sigma25")
    """
    shipped, name = shipped_models(), str(name_or_path)
    name = SUCCESSORS.get(name, name)
    if name in shipped:
        return shipped[name]
    path = pathlib.Path(name_or_path).expanduser()
    if path.exists() and (forms(path) or any(engine.reads(path) for engine in ENGINES)):
        return path
    if path.suffix in CHECKPOINT_SUFFIXES:
        raise ValueError(
            "`model` must be one of ours; a published checkpoint becomes one by `keras-restore "
            f"import`, or by `keras_restore.published.load`. Received: model={str(name_or_path)!r}"
        )
    raise ValueError(
        "`model` must be the name of a shipped model, a file such as "
        f"{', '.join(dict.fromkeys(e.FILE for e in ENGINES))}, or a folder with one of them. "
        f"Shipped: {', '.join(shipped) or 'none'}. Received: model={str(name_or_path)!r}"
    )


def forms(folder):
    """Lists the forms of a model that lie in its folder.

    Args:
        folder: Path of a folder of the form of `savedmodels/<name>/`.

    Returns:
        List of pairs of the engine and the path of its file or folder, in the order of `ENGINES`.

    Example:

    >>> [engine.FILE for engine, _ in forms("savedmodels/xdncnn_gray_sigma25")]
    ['model.keras', 'model.tflite', 'saved_model', 'saved_model']
    """
    paths = [(engine, pathlib.Path(folder) / engine.FILE) for engine in ENGINES]
    return [(engine, path) for engine, path in paths if path.exists()]
