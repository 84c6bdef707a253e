"""Rotation and translation, as tensorflow-addons had them."""

from keras import ops


def rotate(images, angles, interpolation="nearest", fill_mode="constant", fill_value=0.0):
    """Rotates images about their centre: `tfa.image.rotate`.

    Args:
        images: Floating-point tensor `(batch, height, width, channels)`.
        angles: Radians counter-clockwise, a number or a tensor `(batch,)`.
        interpolation: "nearest" or "bilinear".
        fill_mode: What lies outside: "constant", "reflect" (mirrored, the edge repeated),
            "wrap" or "nearest".
        fill_value: The constant.

    Returns:
        A tensor of the same shape.

    Example:

    >>> turned = rotate(images, math.pi / 6, interpolation="bilinear")
    """
    images = ops.convert_to_tensor(images)
    batch, height, width, _ = ops.shape(images)
    angles = ops.broadcast_to(ops.cast(angles, "float32"), (batch,))
    right, bottom = ops.cast(width - 1, "float32"), ops.cast(height - 1, "float32")
    cosine, sine = ops.cos(angles), ops.sin(angles)
    x = (right - (cosine * right - sine * bottom)) / 2.0
    y = (bottom - (sine * right + cosine * bottom)) / 2.0
    zero = ops.zeros_like(cosine)
    transforms = ops.stack([cosine, -sine, x, sine, cosine, y, zero, zero], axis=1)
    return _transform(images, transforms, interpolation, fill_mode, fill_value)


def translate(images, translations, interpolation="nearest", fill_mode="constant", fill_value=0.0):
    """Moves images: `tfa.image.translate`.

    Args:
        images: Floating-point tensor `(batch, height, width, channels)`.
        translations: Pixels to the right and down, a pair or a tensor `(batch, 2)`.
        interpolation: "nearest" or "bilinear".
        fill_mode: As in `rotate`.
        fill_value: The constant.

    Returns:
        A tensor of the same shape.

    Example:

    >>> moved = translate(images, (3, -2))
    """
    images = ops.convert_to_tensor(images)
    translations = ops.cast(translations, "float32")
    translations = ops.broadcast_to(translations, (ops.shape(images)[0], 2))
    x, y = translations[:, 0], translations[:, 1]
    one, zero = ops.ones_like(x), ops.zeros_like(x)
    transforms = ops.stack([one, zero, -x, zero, one, -y, zero, zero], axis=1)
    return _transform(images, transforms, interpolation, fill_mode, fill_value)


def _transform(images, transforms, interpolation, fill_mode, fill_value):
    return ops.image.affine_transform(
        images,
        transforms,
        interpolation=interpolation,
        fill_mode=fill_mode,
        fill_value=fill_value,
        data_format="channels_last",
    )
