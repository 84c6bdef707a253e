"""The training pipeline: patches, degraded where the caller wants it."""

import tensorflow as tf

from keras_restore.data.patches import PatchSampler

PLACEMENTS = ("map", "device", "step")


def training_dataset(
    images, degradation, patch_size, batch_size, seed, start_step=0, placement="map", variants=8
):
    """Builds the endless dataset of training batches.

    Everything random follows from (seed, step), so a dataset that starts at step n goes on
    exactly as one that came there from step 0.

    Args:
        images: An `ImageSet`.
        degradation: A `Degradation`, or any callable of graph code `(patches, seed) -> degraded`;
            or `-> (degraded, target)`, where the target is not the patches themselves, as for
            given pairs or labels kept in further channels.
        patch_size: Height and width of the patches, in pixels.
        batch_size: Number of patches in a batch.
        seed: Integer of 31 bits.
        start_step: Number of the first batch.
        placement: Where the degradation runs. "map": in the dataset, on the CPU. "device":
            in the dataset, on the first GPU where there is one. "step": not at all; the batches
            are `(seeds, patches)` for a train step that calls the degradation itself (see
            `degrade_in_step`), the cheapest place on a GPU. All three give the same images.
        variants: How many of the flips and rotations to draw from, see `PatchSampler`.

    Returns:
        A `tf.data.Dataset` of `(degraded, clean)`, or of `(seeds, patches)` with int32 seeds of
        shape `(batch_size, 2)`.

    Raises:
        ValueError: If `placement` is unknown, or an image is smaller than the patch.

    Example:

    >>> dataset = training_dataset(images, GaussianNoise(25), 40, 64, seed=0)
    >>> degraded, clean = next(iter(dataset))
    """
    if placement not in PLACEMENTS:
        raise ValueError(f"`placement` must be one of {PLACEMENTS}. Received: {placement!r}")
    sampler = PatchSampler(images, patch_size, batch_size, seed, variants)

    def patch_batch(step):
        seeds = tf.random.fold_in([seed, 1], tf.cast(step, tf.int32)) + tf.stack(
            [tf.zeros(batch_size, tf.int32), tf.range(batch_size)], axis=1
        )
        return seeds, sampler(step)

    def degrade_on_device(seeds, patches):
        with tf.device("/GPU:0"):
            return degrade_in_step(degradation, seeds, patches)

    def degrade_on_cpu(seeds, patches):
        return degrade_in_step(degradation, seeds, patches)

    dataset = tf.data.Dataset.counter(start_step).map(
        patch_batch, num_parallel_calls=tf.data.AUTOTUNE
    )
    if placement == "device" and tf.config.list_physical_devices("GPU"):
        dataset = dataset.map(degrade_on_device)
    elif placement != "step":
        dataset = dataset.map(degrade_on_cpu, num_parallel_calls=tf.data.AUTOTUNE)
    return dataset.prefetch(tf.data.AUTOTUNE)


def degrade_in_step(degradation, seeds, patches):
    """Turns a `(seeds, patches)` batch of `placement="step"` into `(degraded, clean)`.

    There is one seed per image, so that a distribution strategy can split the batch; the
    first of each part seeds the part.

    Args:
        degradation: As in `training_dataset`.
        seeds: int32 tensor `(batch, 2)`.
        patches: float32 tensor `(batch, height, width, channels)`.

    Returns:
        The pair `(degraded, clean)`, or what the degradation made of it.
    """
    made = degradation(patches, seeds[0])
    return made if isinstance(made, tuple) else (made, patches)
