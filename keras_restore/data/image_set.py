"""A set of decoded images, held as one flat array."""

import pathlib

import numpy as np
import tqdm

from keras_restore.data.folder_reader import pairs_of_folder
from keras_restore.data.image_files import SUFFIXES, list_files, read_image, to_uint8
from keras_restore.ops import to_float
from keras_restore.ops.color import rounded_luma
from keras_restore.protocols.protocol import FILE_CHANNELS


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
        offsets, heights, widths: int64 arrays, one entry per image.
        channels: 1 or 3; 2 or 6 for pairs, more where labels travel with the images.

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
    def from_folder(cls, folder, color="rgb", min_size=1, names=None, leave_out=()):
        """Decodes the images of a folder, its subfolders included.

        What cannot be used (not an image, broken, smaller than `min_size`) is skipped and
        kept with the reason in `skipped`.

        Args:
            folder: Path of the folder, or a list of them.
            color: "rgb"; "gray"; or "luma", MATLAB's of a colour file rounded to 8 bits, and a
                gray file as it is, which is what `protocols.Protocol` means by it.
            min_size: Smallest height and width in pixels.
            names: Names of the files to keep; None keeps all. A name may have folders before
                it and need not have its suffix: "train/100075", "100075.jpg".
            leave_out: Names of files to leave out.

        Returns:
            An `ImageSet`.

        Raises:
            FileNotFoundError: If a folder does not exist.
            ValueError: If no image is left; the message says what was skipped and why.
        """
        if color not in FILE_CHANNELS:
            raise ValueError(
                f"`color` must be one of {sorted(FILE_CHANNELS)}. Received: color={color!r}"
            )

        def read(path):
            if path.suffix.lower() not in SUFFIXES:
                raise ValueError(f"not an image file ({path.suffix or 'no suffix'})")
            pixels = read_image(path, FILE_CHANNELS[color])
            if color == "luma" and pixels.shape[2] == 3:
                return to_uint8(rounded_luma(to_float(pixels)))
            return pixels

        folders = _folders(folder)
        paths = [path for each in folders for path in list_files(each)]
        if names is not None:
            names = set(names)
            paths = [path for path in paths if _is_named(path, names)]
        leave_out = set(leave_out)
        paths = [path for path in paths if not _is_named(path, leave_out)]
        return cls._decoded([(path.name, path) for path in paths], read, min_size, folders)

    @classmethod
    def from_pairs(cls, folder, min_size=1, channels=3):
        """Decodes a folder of pairs, see `pairs_of_folder`.

        An image of the set has twice the channels, the clean ones first, so that a patch is cut
        from both at the same place; `split_pairs` takes them apart.

        Args:
            folder: Path of the folder, or a list of them.
            min_size: Smallest height and width in pixels.
            channels: Of an image of a pair: 3, or 1 for gray.

        Returns:
            An `ImageSet` of `2 * channels` channels.

        Raises:
            FileNotFoundError: If a folder does not exist.
            ValueError: If an image has no partner, or no pair is left.
        """

        def read(paths):
            clean, degraded = (read_image(path, channels) for path in paths)
            if clean.shape != degraded.shape:
                raise ValueError(
                    f"its partner is of another size: {clean.shape[:2]}, {degraded.shape[:2]}"
                )
            return np.concatenate([clean, degraded], axis=2)

        folders = _folders(folder)
        pairs = [pair for each in folders for pair in pairs_of_folder(each)]
        return cls._decoded([(pair[0].name, pair) for pair in pairs], read, min_size, folders)

    @classmethod
    def _decoded(cls, entries, read, min_size, folders):
        arrays, skipped = [], []
        for name, entry in tqdm.tqdm(
            entries, desc="decoding", unit="image", leave=False, disable=None
        ):
            try:
                pixels = read(entry)
                if min(pixels.shape[:2]) < min_size:
                    height, width = pixels.shape[:2]
                    raise ValueError(f"{height} x {width} is smaller than {min_size} pixels")
                arrays.append((name, pixels))
            except ValueError as error:
                skipped.append((name, str(error)))
        if not arrays:
            raise ValueError(
                f"There is no usable image in {', '.join(map(repr, map(str, folders)))}. "
                + (describe_skipped(skipped) or "The folder is empty, or no name is listed.")
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


def split_pairs(patches, seed):
    """Takes the patches of pairs apart, in the place of a degradation that makes them.

    Args:
        patches: Tensor `(batch, height, width, 6 or 2)` from the images of `ImageSet.from_pairs`.
        seed: Unused, nothing is random.

    Returns:
        The pair `(degraded, clean)`.

    Example:

    >>> pairs = ImageSet.from_pairs("rain", min_size=40)
    >>> dataset = training_dataset(pairs, split_pairs, 40, 64, seed=0)
    """
    channels = patches.shape[3] // 2
    return patches[..., channels:], patches[..., :channels]


def _folders(folder):
    """A path, or several, as a list."""
    return [folder] if isinstance(folder, (str, pathlib.Path)) else list(folder)


def _is_named(path, names):
    """Whether the end of a path, with or without its suffix, is in the set of names."""
    ends = ("/".join(p.parts[-n:]) for p in (path, path.with_suffix("")) for n in (1, 2, 3))
    return not names.isdisjoint(ends)


def _to_16_bits(pixels):
    return pixels if pixels.dtype == np.uint16 else pixels.astype(np.uint16) * 257
