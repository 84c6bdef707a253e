"""Reading any TensorFlow dataset as images, one at a time."""

from keras_restore.ops import to_float


class TfdsReader:
    """Yields the images of a prepared TensorFlow dataset, such as DIV2K, ours, or a labelled set.

    Args:
        name: "div2k", "set12" (after `import keras_restore.data.tfds`), "cifar10", ...
        split: "train", "validation[:10%]", ...
        image: Key of the image: "hr" for DIV2K. None takes "image", "clean" or "hr".
        other: Key of what comes third: "label", "degraded"; None yields pairs.
        data_dir: Where the dataset was prepared; None is TFDS's own folder.

    Attributes:
        num_classes: Of `other`, where the dataset says it, or None.

    Iterating yields `(name, image)` or `(name, image, other)`; images float32 in [0, 1],
    `(height, width, channels)`. The name is the example's own, or its number.

    Raises:
        ValueError: If the dataset has no such key, or is not prepared.

    Example:

    >>> for name, clean, label in TfdsReader("cifar10", "test", other="label"):
    ...     print(name, clean.shape, label)
    """

    IMAGE_KEYS = ("image", "clean", "hr")

    def __init__(self, name, split, image=None, other=None, data_dir=None):
        import tensorflow_datasets as tfds

        builder = tfds.builder(name, data_dir=data_dir)
        keys = set(builder.info.features)
        image = image or next((key for key in self.IMAGE_KEYS if key in keys), None)
        for key in (image, *([other] if other else [])):
            if key not in keys:
                raise ValueError(f"{name} has the features {sorted(keys)}. Received: {key!r}")
        self.image, self.other = image, other
        self.num_classes = (
            getattr(builder.info.features[other], "num_classes", None) if other else None
        )
        try:
            self.dataset = builder.as_dataset(split=split, shuffle_files=False)
        except AssertionError as error:
            raise ValueError(
                f"{name} is not prepared in {builder.data_dir!r}: tfds build, or "
                "builder.download_and_prepare(), does that."
            ) from error

    def __len__(self):
        return int(self.dataset.cardinality())

    def __iter__(self):
        for index, example in enumerate(self.dataset.as_numpy_iterator()):
            name = example["name"].decode() if "name" in example else f"{index:06d}"
            clean = to_float(example[self.image])
            if not self.other:
                yield name, clean
                continue
            other = example[self.other]
            if other.ndim == 3 and other.shape[2] == clean.shape[2]:
                other = to_float(other)
            yield name, clean, other
