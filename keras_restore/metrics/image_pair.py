"""The check and the cut that all full-reference metrics share."""

from keras import ops


def image_pair(clean, restored, crop_border=0):
    """Returns both images as floating-point batches, without their border.

    Args:
        clean: Image `(height, width, channels)` or batch `(batch, height, width, channels)`,
            floating point. float64 stays float64 (JAX keeps it where x64 is enabled).
        restored: The same shape.
        crop_border: Pixels to leave out on each side.

    Returns:
        Two tensors `(batch, height, width, channels)`.

    Raises:
        ValueError: If the shapes differ or are not images, the values are integers, or the
            border leaves nothing.
    """
    clean, restored = ops.convert_to_tensor(clean), ops.convert_to_tensor(restored)
    for name, image in (("clean", clean), ("restored", restored)):
        if "float" not in str(image.dtype):
            raise ValueError(
                f"`{name}` must be floating point; divide 8-bit images by 255. "
                f"Received: {name}.dtype={image.dtype}"
            )
    if len(clean.shape) not in (3, 4) or tuple(clean.shape) != tuple(restored.shape):
        raise ValueError(
            "`clean` and `restored` must be images of the same shape, (height, width, channels) "
            f"or a batch of them. Received: clean.shape={tuple(clean.shape)}, "
            f"restored.shape={tuple(restored.shape)}"
        )
    if len(clean.shape) == 3:
        clean, restored = clean[None], restored[None]
    dtype = "float64" if "float64" in f"{clean.dtype} {restored.dtype}" else "float32"
    if not isinstance(crop_border, int) or crop_border < 0:
        raise ValueError(
            f"`crop_border` must be an integer of at least 0. Received: crop_border={crop_border}"
        )
    if crop_border:
        sizes = [size for size in clean.shape[1:3] if size is not None]
        if any(size <= 2 * crop_border for size in sizes):
            raise ValueError(
                "`crop_border` must leave some pixels. "
                f"Received: crop_border={crop_border}, shape={tuple(clean.shape)}"
            )
        inside = slice(crop_border, -crop_border)
        clean, restored = clean[:, inside, inside], restored[:, inside, inside]
    return ops.cast(clean, dtype), ops.cast(restored, dtype)
