"""A published set of images: where it lies, and whether it is the published one."""

import dataclasses
import functools
import hashlib
import json
import pathlib

from PIL import Image

from keras_restore.data.folder_reader import FolderReader, pair_files
from keras_restore.data.image_files import list_images, read_image

HASHES_FILE = pathlib.Path(__file__).with_name("benchmark_hashes.json")


@dataclasses.dataclass(frozen=True)
class BenchmarkSet:
    """A set of images that papers report numbers on.

    Args:
        name: "Set12".
        folders: Where it may lie below the root, the first that exists is taken.
        count: Number of images (of pairs, for a set of pairs).
        source: Where to get it.
        citation: The paper.
        degraded: Name of the folder of degraded images beside `clean`, for a set of pairs.
        sizes: The sizes that occur, `((height, width), ...)`; empty if they were not recorded.
        listed: `(file, inside)`: a text file of the folder's names, and whether the set are
            those inside it or those left out.
        part_of: Name of the set whose recorded files include this one's.
        gray: Whether all images are gray.
        training: Whether the set is for training.
        variants: Names of the sets that public repositories hold under the same name.

    Example:

    >>> reader = SET12.reader("benchmarks", channels=1)
    """

    name: str
    folders: tuple
    count: int
    source: str
    citation: str
    degraded: str = ""
    sizes: tuple = ()
    listed: tuple = ()
    part_of: str = ""
    gray: bool = False
    training: bool = False
    variants: tuple = ()

    @property
    def recorded(self):
        """Whether the pixels of the published files are known, so that `files` proves them."""
        return bool(self._known())

    def folder(self, root):
        """Finds the set below a root folder, whatever the case of its name.

        Args:
            root: Path.

        Returns:
            `pathlib.Path`.

        Raises:
            FileNotFoundError: If it is not there; the message says what to put where.
        """
        for folder in self.folders:
            path = pathlib.Path(root) / folder
            if path.is_dir():
                return path
            others = path.parent.iterdir() if path.parent.is_dir() else ()
            found = [o for o in sorted(others) if o.name.lower() == path.name.lower()]
            if found and found[0].is_dir():
                return found[0]
        content = "clean/ and " + self.degraded + "/, " if self.degraded else ""
        raise FileNotFoundError(
            f"{self.name} is not below {str(root)!r}. Put its {content}{self.count} "
            f"{'pairs of images' if self.degraded else 'images'} into "
            f"{str(pathlib.Path(root) / self.folders[0])!r}. Source: {self.source}"
            f"{self._hint()}"
        )

    def files(self, root, verify=True):
        """Lists the files of the set, sorted by name, after checking that they are the set's.

        Args:
            root: Path of the folder that holds the set.
            verify: Whether to check sizes and content against the published files, and that no
                picture is there twice; the count is checked always.

        Returns:
            List of paths, or of pairs `(clean, degraded)`.

        Raises:
            FileNotFoundError: If the set is not there.
            ValueError: If the count is wrong, or a file is not the published one (re-compressed,
                resized, another picture, a copy); the message names them.
        """
        folder = self.folder(root)
        if self.degraded:
            files = pair_files(folder / "clean", folder / self.degraded)
        else:
            files = self._select(folder, list_images(folder))
        if len(files) != self.count:
            raise ValueError(
                f"{self.name} has {self.count} {'pairs' if self.degraded else 'images'}. "
                f"Received: {len(files)} in {str(folder)!r}{_of_upscaling(files)}{self._hint()}"
            )
        if verify:
            self._verify(files)
        return files

    def reader(self, root, channels=None, verify=True):
        """Reads the set's images; see `files` for the checks.

        Args:
            root: Path of the folder that holds the set.
            channels: 1 or 3, or None for what each file has.
            verify: Whether to check sizes and content.

        Returns:
            A `FolderReader`.
        """
        return FolderReader(self.files(root, verify), channels)

    def _select(self, folder, files):
        if not self.listed:
            return files
        name, inside = self.listed
        for place in (folder, folder.parent):
            if (place / name).is_file():
                break
        else:
            raise FileNotFoundError(
                f"{self.name} needs the list {name!r} in {str(folder.parent)!r}: the names of "
                f"the images of BSDS500 that are {'' if inside else 'not '}of the set."
            )
        listed = {pathlib.PurePath(line).stem for line in (place / name).read_text().split()}
        return [path for path in files if (path.stem in listed) == inside]

    def _known(self):
        return known_hashes(self.part_of or self.name)

    def _hint(self):
        """Where else public repositories put something of this name."""
        names = " or ".join(self.variants)
        return f". Of FFDNet's repository it is the set {names}" if names else ""

    def _verify(self, files):
        wrong, seen = [], {}
        known = self._known()
        entries = files if self.degraded else [(path,) for path in files]
        for path, last in ((path, entry[-1]) for entry in entries for path in entry):
            if self.sizes:
                with Image.open(path) as image:
                    size = image.height, image.width
                if size not in self.sizes:
                    wrong.append(f"{path.name} is {size[0]} x {size[1]}")
                    continue
            content = content_hash(path)
            if known and content not in known:
                wrong.append(f"{path.name} has other pixels")
            # One clean image may be there under several rains.
            elif path is last and seen.setdefault(content, path) is not path:
                wrong.append(f"{path.name} is {seen[content].name} again")
        if wrong:
            raise ValueError(
                f"{len(wrong)} of the files are not those of {self.name} as published, so numbers "
                f"would not compare: {'; '.join(wrong[:5])}"
                + (f"; and {len(wrong) - 5} more" if len(wrong) > 5 else "")
                + f"{self._hint()}. To use them all the same, name the folder instead of the set."
            )


def _of_upscaling(files):
    """What to say of the folders of SelfExSR, which hold results beside the images."""
    names = [file.name for file in files if not isinstance(file, tuple)]
    return (
        "; copy its files *_HR.png into a folder of their own and name that"
        if any(name.endswith("_HR.png") for name in names)
        else ""
    )


def content_hash(path):
    """Identifies a picture by its pixels, whatever lossless file holds them.

    JPEG files are identified by their bytes, since decoders differ by a grey level.

    Args:
        path: Path of an image file.

    Returns:
        16 hexadecimal digits.

    Raises:
        ValueError: If the file is not a readable image.

    Example:

    >>> content_hash("Set12/01.png")
    """
    path = pathlib.Path(path)
    if path.suffix.lower() in (".jpg", ".jpeg"):
        content = path.read_bytes()
    else:
        pixels = read_image(path)
        content = f"{pixels.shape} {pixels.dtype} ".encode() + pixels.tobytes()
    return hashlib.sha256(content).hexdigest()[:16]


def known_hashes(name):
    """The `content_hash` of each file of a set, where they were recorded.

    Args:
        name: Of the set.

    Returns:
        Set of strings, empty if nothing was recorded.

    Example:

    >>> len(known_hashes("Set12"))
    12
    """
    return _all_hashes().get(name, frozenset())


@functools.cache
def _all_hashes():
    recorded = json.loads(HASHES_FILE.read_text(encoding="utf-8"))
    return {name: frozenset(hashes.split()) for name, hashes in recorded.items()}
