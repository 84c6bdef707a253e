"""Reading folders of images, or of pairs, one image at a time."""

import pathlib

from keras_restore.data.image_files import list_images, read_image
from keras_restore.ops import to_float

CLEAN_FOLDER = "clean"
DEGRADED_FOLDERS = ("degraded", "rainy", "noisy", "blurred")


class FolderReader:
    """Reads image files in order, leaving out what is broken.

    It holds no more than one image, so a set may be larger than the memory.

    Args:
        files: List of paths; or of pairs of paths `(clean, degraded)`.
        channels: 1 or 3, or None for what each file has.

    Iterating yields `(name, clean)` or `(name, clean, degraded)`, the images float32 in [0, 1],
    `(height, width, channels)`. It may be repeated.

    Attributes:
        skipped: List of `(path, reason)` of the files left out while iterating.

    Raises:
        ValueError: If there are no files.

    Example:

    >>> for name, clean in FolderReader.of_folder("photos"):
    ...     print(name, clean.shape)
    """

    def __init__(self, files, channels=None):
        if not files:
            raise ValueError("`files` must hold at least one path. Received none.")
        self.files = list(files)
        self.channels = channels
        self.skipped = []

    @classmethod
    def of_folder(cls, folder, channels=None):
        """Reads a folder: of pairs if it holds `clean/` and `degraded/` (or `rainy/`, ...).

        Args:
            folder: Path.
            channels: 1 or 3, or None for what each file has.

        Returns:
            A `FolderReader`.

        Raises:
            FileNotFoundError: If there is no such folder.
            ValueError: If it holds no image, or an image without its partner.
        """
        folder = pathlib.Path(folder)
        if (folder / CLEAN_FOLDER).is_dir() and _degraded_folder(folder):
            return cls(pairs_of_folder(folder), channels)
        files = list_images(folder)
        if not files:
            raise ValueError(f"There is no image in {str(folder)!r}.")
        return cls(files, channels)

    def __len__(self):
        return len(self.files)

    def __iter__(self):
        self.skipped = []
        for entry in self.files:
            paths = entry if isinstance(entry, tuple) else (entry,)
            try:
                images = [to_float(read_image(path, self.channels)) for path in paths]
            except ValueError as error:
                self.skipped.append((str(paths[0]), str(error)))
                continue
            yield pathlib.Path(paths[0]).name, *images


def pairs_of_folder(folder):
    """Lists the pairs of a folder that holds `clean/` and `degraded/` (or `rainy/`, ...).

    Args:
        folder: Path.

    Returns:
        As `pair_files`.

    Raises:
        FileNotFoundError: If a folder does not exist.
        ValueError: As `pair_files`; or if there is no folder of degraded images.

    Example:

    >>> pairs = pairs_of_folder("rain")
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {str(folder)!r}.")
    degraded = _degraded_folder(folder)
    if degraded is None or not (folder / CLEAN_FOLDER).is_dir():
        raise ValueError(
            f"A folder of pairs must hold {CLEAN_FOLDER}/ and one of {', '.join(DEGRADED_FOLDERS)}."
            f" Received: {str(folder)!r}"
        )
    return pair_files(folder / CLEAN_FOLDER, degraded)


def _degraded_folder(folder):
    """The first folder of degraded images in a folder, or None."""
    return next((folder / name for name in DEGRADED_FOLDERS if (folder / name).is_dir()), None)


def pair_files(clean_folder, degraded_folder):
    """Finds the partner of each clean image: the degraded file of the same stem.

    Args:
        clean_folder: Path.
        degraded_folder: Path.

    Returns:
        List of `(clean path, degraded path)`, sorted by name.

    Raises:
        FileNotFoundError: If a folder does not exist.
        ValueError: If there are no images, or some have no partner.

    Example:

    >>> pairs = pair_files("rain/clean", "rain/degraded")
    """
    clean, degraded = (
        {path.relative_to(folder).with_suffix(""): path for path in list_images(folder)}
        for folder in (clean_folder, degraded_folder)
    )
    alone = sorted(str(stem) for stem in clean.keys() ^ degraded.keys())
    if alone:
        raise ValueError(
            f"Each image of {str(clean_folder)!r} must have a partner of the same name in "
            f"{str(degraded_folder)!r}. Without one: {', '.join(alone[:5])}"
            + (f" and {len(alone) - 5} more." if len(alone) > 5 else ".")
        )
    if not clean:
        raise ValueError(f"There is no image in {str(clean_folder)!r}.")
    return [(path, degraded[stem]) for stem, path in sorted(clean.items())]
