"""Random patches, drawn inside the graph."""

import numpy as np
import tensorflow as tf


class PatchSampler:
    """Draws batches of square patches, randomly flipped and rotated, from (seed, step) alone.

    Within an epoch every image is used once, in an order shuffled anew each epoch; position
    and flip or rotation are uniform. Step n gives the same batch however
    the run came there, so a continued run sees what an undisturbed one would have seen. One
    gather a batch: nothing is decoded or copied.

    Args:
        images: An `ImageSet` whose images are at least `patch_size` high and wide.
        patch_size: Height and width in pixels.
        batch_size: Number of patches.
        seed: Integer.
        variants: How many of the flips and rotations to draw from: 8 are all, 4 the flips (and
            the half turn), 2 the image and its mirror image, 1 the image as it is.

    Call arguments:
        step: int64 scalar tensor, from 0.

    Returns:
        float32 tensor in [0, 1], `(batch_size, patch_size, patch_size, channels)`.

    Raises:
        ValueError: If an image is smaller than the patch, or `variants` is none of those.

    Example:

    >>> batch = PatchSampler(images, patch_size=40, batch_size=64, seed=0)(step=0)
    """

    def __init__(self, images, patch_size, batch_size, seed, variants=8):
        if variants not in (1, 2, 4, 8):
            raise ValueError(f"`variants` must be 1, 2, 4 or 8. Received: variants={variants}")
        smallest = int(min(images.heights.min(), images.widths.min()))
        if patch_size > smallest:
            raise ValueError(
                f"`patch_size` must not exceed the smallest image side, {smallest}. "
                f"Received: patch_size={patch_size}"
            )
        self.patch_size = patch_size
        self.batch_size = batch_size
        self.seed = seed
        self.variants = variants
        self.channels = images.channels
        self.count = len(images)
        self.peak = float(np.iinfo(images.pixels.dtype).max)
        with tf.device("/CPU:0"):
            self.pixels = tf.constant(images.pixels)
            self.offsets = tf.constant(images.offsets)
            self.sizes = tf.constant(np.stack([images.heights, images.widths], axis=1))

    def __call__(self, step):
        step = tf.cast(step, tf.int64)
        positions = step * self.batch_size + tf.range(self.batch_size, dtype=tf.int64)
        image = self._shuffled(positions)
        seeds = tf.random.split(tf.random.fold_in([self.seed, 0], tf.cast(step, tf.int32)), 2)
        sizes = tf.gather(self.sizes, image)
        room = tf.cast(sizes - self.patch_size + 1, tf.float64)
        corner = tf.random.stateless_uniform([self.batch_size, 2], seeds[0], dtype=tf.float64)
        corner = tf.cast(corner * room, tf.int64)
        shape = [self.batch_size]
        variant = tf.random.stateless_uniform(shape, seeds[1], 0, self.variants, tf.int64)

        rows, columns = self._grids(variant)
        rows += corner[:, 0, None, None]
        columns += corner[:, 1, None, None]
        pixel = (rows * sizes[:, 1, None, None] + columns)[..., None] * self.channels
        index = tf.gather(self.offsets, image)[:, None, None, None] + pixel
        patches = tf.gather(self.pixels, index + tf.range(self.channels, dtype=tf.int64))
        return tf.cast(patches, tf.float32) / self.peak

    def _shuffled(self, positions):
        """The image at each position of the endless sequence of shuffled epochs."""
        epoch, place = positions // self.count, positions % self.count
        seed = tf.fill([self.batch_size], tf.constant(self.seed, tf.int64))
        seeds = tf.cast(tf.stack([seed, epoch, tf.ones_like(epoch)], axis=1), tf.uint32)
        # `tf.random.experimental.index_shuffle` pads a batch of seeds along the wrong axis.
        last = tf.constant(self.count - 1, tf.int64)
        return tf.raw_ops.RandomIndexShuffle(index=place, seed=seeds, max_index=last)

    def _grids(self, variant):
        """Row and column of each pixel of the patch under the eight flips and rotations."""
        line = tf.range(self.patch_size, dtype=tf.int64)
        rows, columns = tf.meshgrid(line, line, indexing="ij")

        def chosen(bit, yes, no):
            return tf.where((variant // bit % 2 == 1)[:, None, None], yes, no)

        transposed = chosen(4, columns, rows), chosen(4, rows, columns)
        last = self.patch_size - 1
        return (
            chosen(2, last - transposed[0], transposed[0]),
            chosen(1, last - transposed[1], transposed[1]),
        )
