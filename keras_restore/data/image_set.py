"""A set of decoded images, held as one flat array."""

import pathlib

import numpy as np
import tqdm

from keras_restore.data.image_files import SUFFIXES, list_files, read_image, to_float


class ImageSet:
    """Decoded images of one channel count, kept end to end in one uint8 or uint16 array.

    One flat array is what a tf.data graph can gather patches from, on any device, however
    many sizes the images have. If any image has 16 bits, all are held in 16.

    Args:
        arrays: List of `(name, pixels)`, pixels uint8 or uint16 `(height, width, channels)`,
            the same number of channels in all.
        skipped: List of `(name, reason)` of files that were left out.

    Attributes:
        names: Tuple of names.
        pixels: Flat uint8 or uint16 array.
        offsets, heights, widths: int64 arrays, one entry an image.
        channels: 1 or 3.

    Raises:
        ValueError: If there are no images, or their channel counts differ.

    Example:

    >>> images = ImageSet([("a", np.zeros((32, 48, 3), np.uint8))])
    """

    def __init__(self, arrays, skipped=()):
        if not arrays:
            raise ValueError("`arrays` must hold at least one image. Received none.")
        channels = {pixels.shape[2] for _, pixels in arrays}
        if len(channels) != 1:
            raise ValueError(
                f"All images must have the same channels. Received: channels={sorted(channels)}"
            )
        deep = any(pixels.dtype == np.uint16 for _, pixels in arrays)
        self.names = tuple(name for name, _ in arrays)
        self.channels = channels.pop()
        self.heights = np.array([pixels.shape[0] for _, pixels in arrays], np.int64)
        self.widths = np.array([pixels.shape[1] for _, pixels in arrays], np.int64)
        sizes = self.heights * self.widths * self.channels
        self.offsets = np.cumsum(sizes) - sizes
        self.pixels = np.concatenate(
            [(_to_16_bits(pixels) if deep else pixels).reshape(-1) for _, pixels in arrays]
        )
        self.skipped = tuple(skipped)

    @classmethod
    def from_folder(cls, folder, channels, min_size=1, names=None):
        """Decodes the images of a folder, its subfolders included.

        What cannot be used (not an image, broken, smaller than `min_size`) is skipped and
        kept with the reason in `skipped`.

        Args:
            folder: Path of the folder, or a list of them.
            channels: 1 or 3; images are converted.
            min_size: Smallest height and width in pixels.
            names: Collection of file names to keep; None keeps all.

        Returns:
            An `ImageSet`.

        Raises:
            FileNotFoundError: If a folder does not exist.
            ValueError: If no image is left; the message says what was skipped and why.
        """
        folders = [folder] if isinstance(folder, (str, pathlib.Path)) else list(folder)
        arrays, skipped = [], []
        paths = [path for each in folders for path in list_files(each)]
        if names is not None:
            paths = [path for path in paths if path.name in set(names)]
        for path in tqdm.tqdm(paths, desc="decoding", unit="image", leave=False, disable=None):
            try:
                if path.suffix.lower() not in SUFFIXES:
                    raise ValueError(f"not an image file ({path.suffix or 'no suffix'})")
                pixels = read_image(path, channels)
                if min(pixels.shape[:2]) < min_size:
                    height, width = pixels.shape[:2]
                    raise ValueError(f"{height} x {width} is smaller than {min_size} pixels")
                arrays.append((path.name, pixels))
            except ValueError as error:
                skipped.append((str(path), str(error)))
        if not arrays:
            raise ValueError(
                f"There is no usable image in {', '.join(map(repr, map(str, folders)))}. "
                + (describe_skipped(skipped) or "The folder is empty.")
            )
        return cls(arrays, skipped)

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        """The image as `(name, float32 array in [0, 1])`."""
        height, width, start = self.heights[index], self.widths[index], self.offsets[index]
        pixels = self.pixels[start : start + height * width * self.channels]
        return self.names[index], to_float(pixels.reshape(height, width, self.channels))


def describe_skipped(skipped, most=5):
    """One sentence that counts and names skipped files, or "" where there are none.

    Args:
        skipped: List of `(name, reason)`.
        most: How many to name.

    Returns:
        A string.

    Example:

    >>> print(describe_skipped(images.skipped))
    """
    if not skipped:
        return ""
    named = "; ".join(f"{name}: {reason}" for name, reason in skipped[:most])
    more = f"; and {len(skipped) - most} more" if len(skipped) > most else ""
    return f"{len(skipped)} skipped ({named}{more})."


def _to_16_bits(pixels):
    return pixels if pixels.dtype == np.uint16 else pixels.astype(np.uint16) * 257
