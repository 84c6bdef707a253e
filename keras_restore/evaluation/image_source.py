"""The images to measure on: a benchmark set by name, or a folder."""

import dataclasses
import functools
import hashlib
import os
import pathlib

from keras_restore.data.benchmark_sets import benchmark_set
from keras_restore.data.folder_reader import FolderReader

ROOT_VARIABLE = "KERAS_RESTORE_DATA"


@dataclasses.dataclass(frozen=True)
class ImageSource:
    """A set of images with a name.

    Attributes:
        name: Of the set, or of the folder.
        files: Tuple of paths, or of pairs `(clean, degraded)`.
        verified: Whether the pixels of all files were found to be those of the benchmark.
    """

    name: str
    files: tuple
    verified: bool

    def reader(self, channels):
        """Reads the images one at a time, see `FolderReader`."""
        return FolderReader(list(self.files), channels)

    @property
    def paired(self):
        """Whether the set brings its own degraded images."""
        return self.reader(None).paired

    @functools.cached_property
    def content_hash(self):
        """Identifies the files by their names and bytes."""
        digest = hashlib.sha256()
        for entry in self.files:
            for path in entry if self.paired else (entry,):
                digest.update(pathlib.Path(path).name.encode())
                digest.update(hashlib.sha256(pathlib.Path(path).read_bytes()).digest())
        return digest.hexdigest()[:16]


def image_source(text, root=None):
    """Finds what a command line names.

    Args:
        text: Path of a folder (of images or of pairs, see `data.FolderReader.of_folder`), or the
            name of a benchmark set, which is verified.
        root: Folder that holds the benchmark sets; by default the environment variable
            KERAS_RESTORE_DATA.

    Returns:
        An `ImageSource`.

    Raises:
        FileNotFoundError: If the set is not below the root.
        ValueError: If there is neither folder nor set of that name, the folder is empty, or
            the files are not those of the set.

    Example:

    >>> image_source("Set12", root="benchmarks").files[0].name
    '01.png'
    """
    folder = pathlib.Path(text).expanduser()
    if folder.is_dir():
        files = FolderReader.of_folder(folder).files
        return ImageSource(folder.resolve().name, tuple(files), verified=False)
    benchmark = benchmark_set(text)
    root = root or os.environ.get(ROOT_VARIABLE)
    if not root:
        raise ValueError(
            f"To find {benchmark.name}, the folder that holds the benchmark sets must be given, or "
            f"named by the environment variable {ROOT_VARIABLE}."
        )
    return ImageSource(benchmark.name, tuple(benchmark.files(root)), benchmark.recorded)
