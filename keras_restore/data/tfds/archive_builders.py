"""Archives of labelled images as TensorFlow datasets: for denoising in front of a network."""

import hashlib
import io
import pathlib
import zipfile

import tensorflow_datasets as tfds

CIFAR_CLASSES = (
    "airplane automobile bird cat deer dog frog horse ship truck".split()  # the folders' names
)
CAMVID_CLASSES = (
    "sky building pole road pavement tree sign_symbol fence car pedestrian bicyclist".split()
)


class ArchiveBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Builds a zip archive of labelled images, after checking its hash and counts.

    A subclass says `ARCHIVE` (file name), `FOLDERS` of the manual directory to look into,
    `SHA256`, `COUNTS` (images a split) and how an entry becomes an example.

    Raises:
        FileNotFoundError: If the archive is not in the manual directory.
        ValueError: If it is another archive, or the counts are wrong.
    """

    VERSION = tfds.core.Version("1.0.0")
    FOLDERS = ("", "vision")
    ARCHIVE = ""
    SHA256 = ""
    COUNTS = {}

    def _split_generators(self, dl_manager):
        path = self._find(pathlib.Path(dl_manager.manual_dir))
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if self.SHA256 and digest != self.SHA256:
            raise ValueError(
                f"{path.name} is not the archive that results were reported on (re-packed or "
                f"re-compressed). Expected sha256 {self.SHA256}. Received: {digest}"
            )
        with zipfile.ZipFile(path) as archive:
            names = sorted(archive.namelist())
        splits = {split: self._entries(names, split) for split in self.COUNTS}
        counts = {split: len(entries) for split, entries in splits.items()}
        if counts != self.COUNTS:
            raise ValueError(f"{path.name} must hold {self.COUNTS} images. Received: {counts}")
        return {split: self._generate_examples(path, entries) for split, entries in splits.items()}

    def _find(self, manual_dir):
        for folder in self.FOLDERS:
            if (manual_dir / folder / self.ARCHIVE).is_file():
                return manual_dir / folder / self.ARCHIVE
        raise FileNotFoundError(
            f"Put {self.ARCHIVE} into the manual directory {str(manual_dir)!r}. "
            f"{self.MANUAL_DOWNLOAD_INSTRUCTIONS}"
        )

    def _generate_examples(self, path, entries):
        with zipfile.ZipFile(path) as archive:
            for name in entries:
                yield name, {**self._example(archive, name), "name": name}


class Cifar10Archive(ArchiveBuilder):
    """CIFAR-10 as JPEG files in folders `train/<class>/` and `test/<class>/`.

    Features: "image" uint8 `(32, 32, 3)`, "label" of 10 classes, "name".

    Example:

    >>> dataset = tfds.load("cifar10_archive", split="test", as_supervised=True)
    """

    ARCHIVE = "cifar10_subset.zip"
    SHA256 = "6db090b1df392e72aff70be59f5471f79ee4b99a51bbcf2d02395f1d045a0da5"
    COUNTS = {"train": 25_000, "test": 5_000}
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "cifar10_subset.zip holds train/<class>/*.jpg (25,000) and test/<class>/*.jpg (5,000), "
        "32 x 32, of https://www.cs.toronto.edu/~kriz/cifar.html."
    )

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description="A part of CIFAR-10 as JPEG files.",
            homepage="https://www.cs.toronto.edu/~kriz/cifar.html",
            citation="Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(32, 32, 3), encoding_format="jpeg"),
                    "label": tfds.features.ClassLabel(names=CIFAR_CLASSES),
                    "name": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _entries(self, names, split):
        return [name for name in names if name.startswith(f"{split}/") and name.endswith(".jpg")]

    def _example(self, archive, name):
        return {"image": io.BytesIO(archive.read(name)), "label": name.split("/")[1]}


class Camvid(ArchiveBuilder):
    """CamVid at 240 x 180 with 11 classes: `CamVid/<split>/` and `CamVid/<split>annot/`.

    Features: "image" uint8 `(180, 240, 3)`; "label" uint8 `(180, 240, 1)`, 0..10, and 11 for
    void; "name".

    Example:

    >>> dataset = tfds.load("camvid", split="test", as_supervised=True)
    """

    ARCHIVE = "camvid_240x180.zip"
    SHA256 = "74cd8c59231c59fedf08943f7f0ffd57ef78228b78c6466d92dc2037c8b2a5d0"
    COUNTS = {"train": 367, "validation": 101, "test": 233}
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "camvid_240x180.zip holds CamVid/{train,val,test}/*.jpg and, of the same names, "
        "CamVid/{train,val,test}annot/*.png, 240 x 180, of "
        "http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/."
    )

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=f"CamVid at 240 x 180. Classes: {', '.join(CAMVID_CLASSES)}; 11 is void.",
            homepage="http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/",
            citation="Brostow, Fauqueur, Cipolla, Semantic Object Classes in Video, PRL 2009",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(180, 240, 3), encoding_format="jpeg"),
                    "label": tfds.features.Image(shape=(180, 240, 1), encoding_format="png"),
                    "name": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _entries(self, names, split):
        folder = {"validation": "val"}.get(split, split)
        return [n for n in names if n.startswith(f"CamVid/{folder}/") and n.endswith(".jpg")]

    def _example(self, archive, name):
        top, folder, file = name.split("/")
        label = f"{top}/{folder}annot/{pathlib.PurePosixPath(file).stem}.png"
        return {
            "image": io.BytesIO(archive.read(name)),
            "label": io.BytesIO(archive.read(label)),
        }
