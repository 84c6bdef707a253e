"""The eight flips and rotations of a square."""

import numpy as np

from keras_restore.ops.array_module import array_module


def dihedral(images, index):
    """Transposes and flips images, each by its own index.

    Bit 2 of the index (4) transposes height and width, then bit 1 (2) flips up-down, then
    bit 0 (1) flips left-right: the eight symmetries of a square.

    Args:
        images: Array or tensor `(batch, height, width, channels)`.
        index: Integer 0..7 for the whole batch, or an integer array or tensor `(batch,)`;
            then the images must be square. Values outside are taken modulo 8.

    Returns:
        The same type; a NumPy array for a NumPy array, else a tensor.

    Raises:
        ValueError: If one index an image is given and the images are not square.

    Example:

    >>> patches = dihedral(patches, np.arange(8))
    """
    xp = array_module(images)
    if isinstance(index, (int, np.integer)):
        images = xp.swapaxes(images, 1, 2) if index & 4 else images
        flips = [axis for axis, bit in ((1, 2), (2, 1)) if index & bit]
        return xp.flip(images, tuple(flips)) if flips else images
    if images.shape[1] != images.shape[2]:
        raise ValueError(
            "With one `index` an image, the images must be square. "
            f"Received: shape={tuple(images.shape)}"
        )
    index = xp.reshape(index, (-1, 1, 1, 1))
    images = xp.where(index // 4 % 2 == 1, xp.swapaxes(images, 1, 2), images)
    images = xp.where(index // 2 % 2 == 1, xp.flip(images, 1), images)
    return xp.where(index % 2 == 1, xp.flip(images, 2), images)


def dihedral_inverse(images, index):
    """Undoes `dihedral` with the same index.

    Args:
        images: What `dihedral` returned.
        index: The index it was given.

    Returns:
        The same type; a NumPy array for a NumPy array, else a tensor.

    Raises:
        ValueError: If one index an image is given and the images are not square.

    Example:

    >>> restored = dihedral_inverse(model(dihedral(images, 5)), 5)
    """
    # After a transposition, an up-down flip is undone by a left-right flip.
    if isinstance(index, (int, np.integer)):
        swapped = 4 + 2 * (index & 1) + (index >> 1 & 1)
        return dihedral(images, swapped if index & 4 else index)
    swapped = 4 + index % 2 * 2 + index // 2 % 2
    return dihedral(images, array_module(images).where(index // 4 % 2 == 1, swapped, index))
