"""Predictors around other predictors: what they add to a model."""

import math
import numbers

import numpy as np

from keras_restore.inference.predictor import ATTRIBUTES
from keras_restore.ops import (
    dihedral,
    dihedral_inverse,
    resize_bicubic,
    rgb_to_ycbcr,
    ycbcr_to_rgb,
)

# Pixels on each side that a bicubically interpolated one depends on.
BICUBIC_HALO = 3
SPLINE = np.array([1, 4, 6, 4, 1], np.float32) / 16
NEIGHBORS = np.full(7, 1 / 7, np.float32)
# Two splines, the second with gaps, and the neighbours.
DETAIL_HALO = 2 + 4 + 3
# Chance raises the power of noise around a pixel by no more.
NOISE_MARGIN = 1.5


class Wrapper:
    """Has the attributes of the predictor inside it; a subclass changes what it does.

    Attributes:
        beside: What travels with a picture as further channels of its windows, `(height, width,
            channels)`, or None.

    Args:
        predictor: A `Predictor`, or a function of a batch with its attributes.
    """

    def __init__(self, predictor):
        self.predictor = predictor
        vars(self).update({name: getattr(predictor, name) for name in ATTRIBUTES})
        self.beside = getattr(predictor, "beside", None)

    def _widen_halo(self):
        """Makes room for the bicubic enlargement that is combined with an enlarging model."""
        if self.scale != 1 and self.halo is not None:
            self.halo = max(self.halo, BICUBIC_HALO)


class ToldSigma(Wrapper):
    """Tells the model one noise level, or that of every pixel.

    Args:
        predictor: A `Predictor` that takes sigma.
        sigma: In grey levels of 255, 0 to 255: a number, or an array `(height, width)` for a
            picture of this size, whose windows then have it as their last channel.

    Raises:
        ValueError: If `sigma` is out of range, or the model does not take it.

    Example:

    >>> predictor = KerasPredictor(keras_restore.models.fxdncnn(depth=3))
    >>> restored = ToldSigma(predictor, 25.0)(degraded)
    """

    def __init__(self, predictor, sigma):
        super().__init__(predictor)
        if not predictor.takes_sigma:
            raise ValueError(
                "`sigma` must be None for a model that is not told the noise level. "
                f"Received: sigma={sigma}"
            )
        if isinstance(sigma, np.ndarray) and sigma.ndim == 2:
            self.beside = np.asarray(sigma, np.float32)[..., None]
            if not ((self.beside >= 0) & (self.beside <= 255)).all():
                raise ValueError(
                    "`sigma` must be a map of numbers from 0 to 255. "
                    f"Received values from {sigma.min():g} to {sigma.max():g}"
                )
            if not predictor.takes_map:
                raise ValueError(
                    "`sigma` must be one number: this form of the model takes no map. A `.keras` "
                    f"file or a SavedModel does. Received: a map of shape {sigma.shape}"
                )
        elif not isinstance(sigma, numbers.Real) or not 0 <= sigma <= 255:
            raise ValueError(
                "`sigma` must be a number from 0 to 255, an array (height, width) of them, or "
                f"'auto'. Received: sigma={sigma!r}"
            )
        self.sigma = sigma

    def __call__(self, batch):
        if self.beside is None:
            return self.predictor(batch, self.sigma)
        return self.predictor(batch[..., :-1], batch[..., -1:])


class WithNeighbors(Wrapper):
    """Shows the model the frames of a clip around the picture.

    Args:
        predictor: One of several `frames`.
        neighbors: List of the others in the order of time, float32 arrays of the picture's shape.

    Example:

    >>> predictor = KerasPredictor(keras_restore.models.xdncnn(3, depth=3, frames=3))
    >>> predictor = WithNeighbors(predictor, [image, image])
    """

    def __init__(self, predictor, neighbors):
        super().__init__(predictor)
        level = [] if self.beside is None else [self.beside]
        self.beside = np.concatenate([*neighbors, *level], axis=2)

    def __call__(self, batch):
        return self.predictor(batch)


class Upscaled(Wrapper):
    """Enlarges a picture bicubically before the network, as SRCNN and DnCNN-3 want it.

    Args:
        predictor: One of scale 1.
        factor: Positive integer.

    Raises:
        ValueError: If `factor` is not a positive integer, or the predictor enlarges itself or
            takes windows of one size only, no multiple of it.

    Example:

    >>> large = Upscaled(KerasPredictor(keras_restore.models.xsrcnn_f()), 3)(degraded)
    """

    def __init__(self, predictor, factor):
        super().__init__(predictor)
        if not isinstance(factor, int) or factor < 1:
            raise ValueError(f"`upscale` must be a positive integer. Received: upscale={factor}")
        sides = predictor.size or ()
        if predictor.scale != 1 or any(side % factor for side in sides):
            raise ValueError(
                f"`upscale` is for models of scale 1 that take any size, or multiples of {factor}. "
                f"Received: a model of scale {predictor.scale} and size {predictor.size}"
            )
        self.scale = factor
        self.size = tuple(side // factor for side in sides) or None
        self.multiple = predictor.multiple // math.gcd(predictor.multiple, factor)
        self.bytes_per_pixel = predictor.bytes_per_pixel * factor**2
        if predictor.halo is not None:
            self.halo = -(-predictor.halo // factor) + BICUBIC_HALO

    def __call__(self, batch):
        return self.predictor(resize_bicubic(batch, scale=self.scale))


class SelfEnsemble(Wrapper):
    """Restores a picture's eight flips and rotations and averages the results.

    Mao et al., "Image Restoration Using Convolutional Auto-encoders with Symmetric Skip
    Connections", arXiv 1606.08921, Sec. 3.5. Done per window, it gives exactly the ensemble of
    the whole picture, since a flipped window starts and ends at multiples as well.

    Args:
        predictor: The predictor to run; one of a fixed size must take squares.

    Raises:
        ValueError: If the predictor takes windows of one size that is not square.

    Example:

    >>> restored = SelfEnsemble(predictor)(batch)
    """

    def __init__(self, predictor):
        super().__init__(predictor)
        if predictor.size is not None and predictor.size[0] != predictor.size[1]:
            raise ValueError(
                "The ensemble rotates the picture, so the file must take squares. "
                f"Received: a file of fixed size {predictor.size}"
            )

    def __call__(self, batch):
        total = 0.0
        for index in range(8):
            restored = self.predictor(np.ascontiguousarray(dihedral(batch, index)))
            total = total + dihedral_inverse(restored, index)
        return total / np.float32(8)


class PerChannel(Wrapper):
    """Restores each channel of a colour picture as a gray one.

    Args:
        predictor: One for gray pictures.

    Example:

    >>> restored = PerChannel(gray_predictor)(color_batch)
    """

    def __init__(self, predictor):
        super().__init__(predictor)
        self.channels = 3

    def __call__(self, batch):
        colors = 3 * self.frames
        parts = [
            batch[..., [*range(i, colors, 3), *range(colors, batch.shape[-1])]] for i in range(3)
        ]
        return np.concatenate([self.predictor(part) for part in parts], axis=-1)


class LumaOnly(Wrapper):
    """Restores the BT.601 luma of a colour picture and keeps its chroma.

    Super-resolution enlarges the chroma bicubically, as the papers do (SRCNN, Sec. 4).

    Args:
        predictor: One for gray pictures.

    Example:

    >>> large = LumaOnly(gray_predictor)(color_batch)
    """

    def __init__(self, predictor):
        super().__init__(predictor)
        self.channels = 3
        self._widen_halo()

    def __call__(self, batch):
        colors = 3 * self.frames
        planes = [rgb_to_ycbcr(batch[..., i : i + 3]) for i in range(0, colors, 3)]
        lumas = [plane[..., :1] for plane in planes]
        luma = self.predictor(np.concatenate([*lumas, batch[..., colors:]], axis=-1))
        chroma = planes[0][..., 1:]
        if self.scale != 1:
            chroma = resize_bicubic(chroma, scale=self.scale)
        return ycbcr_to_rgb(np.concatenate([luma, chroma], axis=-1))


class KeepDetail(Wrapper):
    """Puts texture back that the model took for noise.

    What was removed is split by the undecimated wavelet transform with a B3 spline (Starck, Fadili
    and Murtagh, "The Undecimated Wavelet Decomposition and its Reconstruction", IEEE TIP 2007), of
    which the two finest bands count. Around a pixel they have a mean power E; noise alone would
    have at most that of its level. The share `1 - 1.5 sigma^2 / E` of them, where it is positive,
    is put back.

    Args:
        predictor: One of scale 1.
        detail: From 0 (nothing is put back) to 1.
        sigma: Noise level of the picture in grey levels of 255; of a map that the predictor is
            told, each pixel's own counts.

    Raises:
        ValueError: If `detail` is out of range, or the predictor enlarges.

    Example:

    >>> textured = KeepDetail(predictor, detail=0.7, sigma=12.0)(batch)
    """

    def __init__(self, predictor, detail, sigma):
        super().__init__(predictor)
        if not 0 <= detail <= 1:
            raise ValueError(f"`detail` must be between 0 and 1. Received: detail={detail}")
        if predictor.scale != 1:
            raise ValueError(
                "`detail` must be 0 for a model that enlarges: nothing is removed that could be "
                f"put back. Received: detail={detail}"
            )
        self.detail = detail
        self.sigma = sigma
        if predictor.halo is not None:
            self.halo = predictor.halo + DETAIL_HALO

    def __call__(self, batch):
        restored = self.predictor(batch)
        sigma = batch[..., -1:] if np.ndim(self.sigma) else self.sigma
        removed = batch[..., : self.channels] - restored
        fine = removed - _filter(_filter(removed, SPLINE, 1), SPLINE, 2)
        power = _filter(np.mean(fine**2, axis=-1, keepdims=True), NEIGHBORS, 1)
        noise = NOISE_MARGIN * (sigma / 255) ** 2
        texture = np.maximum(0, 1 - noise / np.maximum(power, 1e-12))
        return restored + np.float32(self.detail) * texture * fine


def _filter(batch, taps, step):
    """Filters rows and columns with `taps`, which are `step` pixels apart."""
    margin = len(taps) // 2 * step
    for axis in (1, 2):
        width = [(margin, margin) if i == axis else (0, 0) for i in range(4)]
        padded = np.pad(batch, width, "symmetric")
        parts = [
            tap * padded.take(range(i * step, i * step + batch.shape[axis]), axis)
            for i, tap in enumerate(taps)
        ]
        batch = sum(parts)
    return batch


class Blend(Wrapper):
    """Mixes the restored picture with the degraded one (enlarged bicubically if need be).

    Args:
        predictor: The predictor to run.
        strength: From 0 (the picture as it is) to 1 (the model's result).

    Raises:
        ValueError: If `strength` is out of range.

    Example:

    >>> softer = Blend(predictor, strength=0.7)(batch)
    """

    def __init__(self, predictor, strength):
        super().__init__(predictor)
        if not 0 <= strength <= 1:
            raise ValueError(f"`strength` must be between 0 and 1. Received: strength={strength}")
        self.strength = strength
        self._widen_halo()

    def __call__(self, batch):
        restored = self.predictor(batch)
        batch = batch[..., : self.channels]
        if self.scale != 1:
            batch = resize_bicubic(batch, scale=self.scale)
        return batch + self.strength * (restored - batch)
