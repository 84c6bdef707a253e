"""Reading folders of images, or of pairs, one image at a time."""

import pathlib
import re

from keras_restore.data.image_files import list_images, read_image
from keras_restore.ops import to_float

CLEAN_FOLDERS = ("clean", "target")
DEGRADED_FOLDERS = ("degraded", "rainy", "noisy", "blurred", "input")
# Words in the names of a pair's files: "a_mean.JPG" and "a_real.JPG", "7_GT.png" and "7_NOISY.png".
CLEAN_WORD = re.compile(r"(?<![a-z0-9])(clean|mean|gt)(?![a-z0-9])", re.IGNORECASE)
DEGRADED_WORD = re.compile(r"(?<![a-z0-9])(real|noisy|degraded)(?![a-z0-9])", re.IGNORECASE)


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
        """Reads a folder, of pairs if it is one of `pairs_of_folder`.

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
        if _pair_folders(folder):
            return cls(pairs_of_folder(folder), channels)
        files = list_images(folder)
        clean, degraded = _partners(files)
        if clean.keys() & degraded.keys():
            return cls(pairs_of_folder(folder), channels)
        if not files:
            raise ValueError(f"There is no image in {str(folder)!r}.")
        return cls(files, channels)

    @property
    def paired(self):
        """Whether the files are pairs."""
        return isinstance(self.files[0], tuple)

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
    """Lists the pairs of a folder.

    It holds `clean/` (or `target/`) and `degraded/` (or `rainy/`, `noisy/`, `blurred/`, `input/`)
    with files of the same names; or the files of a pair lie side by side, and their names differ by
    a word: "clean", "mean" or "gt" in the one, "real", "noisy" or "degraded" in the other, as in
    `chair_mean.JPG` and `chair_real.JPG`.

    Args:
        folder: Path.

    Returns:
        As `pair_files`.

    Raises:
        FileNotFoundError: If a folder does not exist.
        ValueError: As `pair_files`; or if it is no folder of pairs.

    Example:

    >>> pairs = pairs_of_folder("rain")
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {str(folder)!r}.")
    folders = _pair_folders(folder)
    if folders:
        return pair_files(*folders)
    clean, degraded = _partners(list_images(folder))
    if not clean.keys() & degraded.keys():
        raise ValueError(
            f"A folder of pairs must hold {' or '.join(CLEAN_FOLDERS)} and one of "
            f"{', '.join(DEGRADED_FOLDERS)}, "
            "or files such as a_mean.png and a_real.png, a_clean.png and a_noisy.png. "
            f"Received: {str(folder)!r}"
        )
    alone = [str({**clean, **degraded}[key]) for key in sorted(clean.keys() ^ degraded.keys())]
    if alone:
        raise ValueError(f"Each image must have a partner. Without one: {_first(alone)}")
    return [(path, degraded[key]) for key, path in sorted(clean.items())]


def _partners(files):
    """The clean files and the degraded ones, by what is common to the names of a pair."""
    clean, degraded = {}, {}
    for path in files:
        for word, found in ((CLEAN_WORD, clean), (DEGRADED_WORD, degraded)):
            stem, count = word.subn("*", path.stem)
            if count == 1:
                found[str(path.parent / stem)] = path
    return clean, degraded


def _first(names, most=5):
    more = f" and {len(names) - most} more." if len(names) > most else "."
    return ", ".join(names[:most]) + more


def _pair_folders(folder):
    """The first folder of clean images in a folder and that of degraded ones; () without both."""
    found = [
        next((folder / name for name in names if (folder / name).is_dir()), None)
        for names in (CLEAN_FOLDERS, DEGRADED_FOLDERS)
    ]
    return () if None in found else tuple(found)


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
            f"{str(degraded_folder)!r}. Without one: {_first(alone)}"
        )
    if not clean:
        raise ValueError(f"There is no image in {str(clean_folder)!r}.")
    return [(path, degraded[stem]) for stem, path in sorted(clean.items())]
