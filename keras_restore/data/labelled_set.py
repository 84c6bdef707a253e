"""Images with their labels: a class, or a map of the class of each pixel."""

import pathlib

import numpy as np
import tensorflow as tf
from PIL import Image

from keras_restore.data.folder_reader import pair_files
from keras_restore.data.image_files import SUFFIXES, list_images, read_image, to_uint8
from keras_restore.data.image_set import ImageSet
from keras_restore.ops import to_float

# Modes of Pillow in which a pixel of a label map is its class.
LABEL_MODES = ("L", "P", "1")


class LabelledSet:
    """RGB images whose labels travel with them in further channels of an `ImageSet`.

    So a patch is cut, flipped and turned with its labels, and the label of a patch follows from
    (seed, step) as the patch does. A class is a constant plane, of two bytes where there are
    more than 255.

    Args:
        examples: Iterable of `(name, image, label)`: image uint8 `(height, width, 3)`, label an
            integer or an integer array `(height, width)`, all of one kind.
        num_classes: Number of classes.
        ignore_class: Label that counts nowhere, such as 255 (VOC) or 11 (CamVid), or None.

    Attributes:
        images: The `ImageSet` of 4 or 5 channels.
        per_pixel: Whether the labels are maps.
        num_classes, ignore_class: As given.

    Iterating yields `(name, float32 image in [0, 1], label)`.

    Raises:
        ValueError: If there are no images, a label is outside the classes, or a map has not the
            size of its image.

    Example:

    >>> labelled = LabelledSet([("a", np.zeros((32, 32, 3), np.uint8), 1)], num_classes=2)
    """

    def __init__(self, examples, num_classes, ignore_class=None):
        if num_classes < 2:
            raise ValueError(f"`num_classes` must be at least 2. Received: {num_classes}")
        arrays, kinds = [], set()
        for name, image, label in examples:
            label = np.asarray(label, np.int64)
            kinds.add(label.ndim)
            if label.ndim == 2 and label.shape != image.shape[:2]:
                raise ValueError(
                    "A label map must be of the size of its image. Received: "
                    f"{name}, image {image.shape[:2]}, label map {label.shape}"
                )
            _check_classes(name, label, num_classes, ignore_class)
            planes = [np.broadcast_to(label % 256, image.shape[:2])]
            if num_classes > 255:
                planes.append(np.broadcast_to(label // 256, image.shape[:2]))
            arrays.append((name, np.dstack([image, *planes]).astype(np.uint8)))
        if not arrays:
            raise ValueError("`examples` must hold at least one image. Received none.")
        if kinds not in ({0}, {2}):
            raise ValueError(f"All labels must be classes, or all maps. Received: ndim={kinds}")
        self.images = ImageSet(arrays)
        self.per_pixel = kinds == {2}
        self.num_classes = num_classes
        self.ignore_class = ignore_class

    @classmethod
    def from_class_folders(cls, folder, classes=None, short_side=None, crop=None):
        """Reads a folder with one subfolder a class.

        Args:
            folder: Path.
            classes: Names of the subfolders, in the order of the classes; None takes all in
                alphabetical order.
            short_side: Size to scale the shorter side of each image to, or None.
            crop: Side of the square to cut from the middle then, or None.

        Returns:
            A `LabelledSet`.

        Raises:
            FileNotFoundError: If there is no such folder.
            ValueError: If a class has no image, or there are other classes than `classes`.
        """
        folder = pathlib.Path(folder)
        found = class_names(folder)
        classes = found if classes is None else list(classes)
        if set(found) - set(classes):
            raise ValueError(
                f"{str(folder)!r} must hold the classes {classes}. "
                f"Received others: {sorted(set(found) - set(classes))}"
            )

        def examples():
            for label, name in enumerate(classes):
                files = list_images(folder / name)
                if not files:
                    raise ValueError(f"There is no image of the class {str(folder / name)!r}.")
                for path in files:
                    image = _read_rgb(path)
                    yield f"{name}/{path.name}", *_fitted(image, label, short_side, crop)

        return cls(examples(), len(classes))

    @classmethod
    def from_label_maps(
        cls, folder, label_folder, num_classes, ignore_class=None, names=None, short_side=None
    ):
        """Reads images and the label maps of the same names.

        A label map is a gray or palette file whose pixels are the classes.

        Args:
            folder: Path of the images.
            label_folder: Path of the label maps.
            num_classes: Number of classes.
            ignore_class: Label that counts nowhere, or None.
            names: Names without suffix of the images to use, as in VOC's split lists; None
                uses all, and then none may lack a partner.
            short_side: Size to scale the shorter side of each image to, or None.

        Returns:
            A `LabelledSet`.

        Raises:
            FileNotFoundError: If there is no such folder.
            ValueError: If an image or a label map has no partner, or the labels are refused.
        """
        if names is None:
            pairs = pair_files(folder, label_folder)
        else:
            pairs = [(_named(folder, name), _named(label_folder, name)) for name in names]

        def examples():
            for path, label_path in pairs:
                image, label = _read_rgb(path), read_label_map(label_path)
                if label.shape != image.shape[:2]:
                    raise ValueError(
                        "A label map must be of the size of its image. Received: "
                        f"{str(label_path)!r} {label.shape}, image {image.shape[:2]}"
                    )
                yield path.name, *_fitted(image, label, short_side, None)

        return cls(examples(), num_classes, ignore_class)

    @classmethod
    def from_reader(cls, reader, num_classes, ignore_class=None, short_side=None, crop=None):
        """Reads the examples of a reader, such as a `TfdsReader` with `other="label"`.

        Args:
            reader: Iterable of `(name, float32 image in [0, 1], label)`.
            num_classes: Number of classes.
            ignore_class: Label that counts nowhere, or None.
            short_side: Size to scale the shorter side of each image to, or None.
            crop: Side of the square to cut from the middle then, or None.

        Returns:
            A `LabelledSet`.

        Raises:
            ValueError: As the constructor.
        """

        def examples():
            for name, image, label in reader:
                label = np.asarray(label)
                label = label[..., 0] if label.ndim == 3 else label
                image = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
                yield name, *_fitted(to_uint8(image), label, short_side, crop)

        return cls(examples(), num_classes, ignore_class)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        name, image = self.images[index]
        planes = np.rint(image[..., 3:] * 255).astype(np.int32)
        label = planes[..., 0] + (256 * planes[..., 1] if planes.shape[-1] == 2 else 0)
        return name, image[..., :3], label if self.per_pixel else int(label[0, 0])

    def some(self, count):
        """Picks examples evenly over the whole set.

        Args:
            count: How many at most.

        Returns:
            List of `(name, image, label)`.
        """
        picks = np.linspace(0, len(self) - 1, min(count, len(self)))
        return [self[int(index)] for index in np.rint(picks)]

    def split(self, patches):
        """Takes patches of `images` apart, in a graph.

        Args:
            patches: float32 tensor `(batch, height, width, channels)` of a `PatchSampler`.

        Returns:
            Pair of the RGB patches and the int32 labels, `(batch,)` or
            `(batch, height, width)`.
        """
        planes = tf.cast(tf.round(patches[..., 3:] * 255.0), tf.int32)
        labels = planes[..., 0]
        if self.images.channels == 5:
            labels += 256 * planes[..., 1]
        return patches[..., :3], labels if self.per_pixel else labels[:, 0, 0]


def class_names(folder):
    """Lists the classes of a folder: its subfolders, sorted.

    Args:
        folder: Path.

    Returns:
        List of names.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it has fewer than two subfolders.

    Example:

    >>> classes = class_names("cifar10/train")
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {str(folder)!r}.")
    names = sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(names) < 2:
        raise ValueError(f"{str(folder)!r} must hold one subfolder a class. Received: {names}")
    return names


def read_label_map(path):
    """Reads a gray or palette image file whose pixels are classes.

    Args:
        path: Path.

    Returns:
        uint8 array `(height, width)`.

    Raises:
        ValueError: If the file is no such image.

    Example:

    >>> labels = read_label_map("SegmentationClass/2007_000032.png")
    """
    try:
        with Image.open(path) as file:
            file.load()
            mode, labels = file.mode, np.array(file)
    except OSError as error:
        raise ValueError(f"{str(path)!r} is not a readable image: {error}") from error
    if mode not in LABEL_MODES:
        raise ValueError(
            f"A label map must be a gray or palette image of 8 bits. Received: {str(path)!r} of "
            f"mode {mode}"
        )
    return labels.astype(np.uint8)


def _check_classes(name, label, num_classes, ignore_class):
    outside = (label < 0) | (label >= num_classes)
    if ignore_class is not None:
        outside &= label != ignore_class
    if outside.any():
        ignored = "" if ignore_class is None else f", or {ignore_class} (ignored)"
        raise ValueError(
            f"Labels must be classes from 0 to {num_classes - 1}{ignored}. "
            f"Received: {sorted(set(np.atleast_1d(label[outside]).tolist()))[:5]} in {name}"
        )


def _read_rgb(path):
    pixels = read_image(path, 3)
    return pixels if pixels.dtype == np.uint8 else to_uint8(to_float(pixels))


def _named(folder, name):
    found = [path for path in pathlib.Path(folder).glob(f"{name}.*") if path.suffix in SUFFIXES]
    if not found:
        raise ValueError(f"There is no image {name!r} in {str(folder)!r}, which the list names.")
    return found[0]


def _fitted(image, label, short_side, crop):
    """Scales and crops an image, and the label with it if it is a map."""
    planes = [(image, Image.Resampling.BICUBIC)]
    if np.ndim(label):
        planes.append((np.asarray(label, np.uint8), Image.Resampling.NEAREST))
    height, width = image.shape[:2]
    if short_side:
        factor = short_side / min(height, width)
        height, width = round(height * factor), round(width * factor)
    made = []
    for pixels, resampling in planes:
        if pixels.shape[:2] != (height, width):
            pixels = np.asarray(Image.fromarray(pixels).resize((width, height), resampling))
        if crop:
            top, left = max(0, height - crop) // 2, max(0, width - crop) // 2
            pixels = pixels[top : top + crop, left : left + crop]
        made.append(pixels)
    return made[0], made[1] if np.ndim(label) else label
