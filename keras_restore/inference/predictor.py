"""What runs a model, whatever the engine."""

import functools
import threading

import numpy as np

from keras_restore.inference.card import GEOMETRY
from keras_restore.inference.estimate_sigma import certainty, estimate_sigma

# Of the entry in a file's metadata that holds the geometry.
METADATA_NAME = "keras_restore"
ATTRIBUTES = (
    *GEOMETRY,
    "frames",
    "size",
    "dtype",
    "largest_batch",
    "bytes_per_pixel",
    "takes_sigma",
    "takes_map",
    "card",
)


class Predictor:
    """Restores batches of windows, one batch at a time. A subclass is an engine.

    An engine has `NAME`, what `engine` calls it; `FILE`, the name of its file or folder in a
    model's folder; `NEEDS`, the modules it imports; `reads(path)`; a constructor that takes such
    a path, and `precision` where there are several `PRECISIONS`; `geometry` and
    `_run(batch, sigma)`; and a place in `keras_restore.inference.engines.ENGINES`, which
    `register_engine` gives it.

    Attributes:
        channels: Of the picture.
        frames: Of a clip, from which one is restored: the window has them as channels, that one
            first and then the others in the order of time.
        scale: Output pixels per input pixel.
        multiple, halo: See `ReceptiveField`.
        size: `(height, width)` of a model of fixed size, None for any size.
        dtype: Of the samples that the model takes, float32 or uint8; a batch is float32 always.
        largest_batch: Number of windows that run at once.
        bytes_per_pixel: Working memory per pixel of a window, an estimate.
        takes_sigma: Whether the model is told the noise level.
        takes_map: Whether it may be told that of every pixel.
        card: The `Card` of the model.
        precision: Of the arithmetic, one of `PRECISIONS`.
        path: `pathlib.Path` that `open_predictor` opened it from, None for a model in memory.
        geometry: Dictionary of `channels`, `scale`, `multiple`, `halo` and perhaps `frames`, found
            when it is asked for: a `ValueError` if nothing says it.

    Example:

    >>> restored = open_predictor("xdncnn_gray_sigma25")(degraded)
    """

    NAME = None
    FILE = None
    NEEDS = ()
    PRECISIONS = ("float32",)
    size = None
    dtype = np.dtype(np.float32)
    largest_batch = 1
    takes_sigma = False
    takes_map = False
    # Feature maps of 64 channels that an unknown network is assumed to hold at once.
    bytes_per_pixel = 8 * 64 * 4
    path = None
    precision = "float32"
    _out_of_memory = MemoryError

    def __init__(self, card):
        self.card = card
        self._lock = threading.Lock()

    @functools.cached_property
    def channels(self):
        return self.geometry["channels"]

    @functools.cached_property
    def frames(self):
        return self.geometry.get("frames", 1)

    @functools.cached_property
    def scale(self):
        return self.geometry["scale"]

    @functools.cached_property
    def multiple(self):
        return self.geometry["multiple"]

    @functools.cached_property
    def halo(self):
        return self.geometry["halo"]

    def __call__(self, batch, sigma=None):
        """Restores a batch.

        Args:
            batch: float32 `(batch, height, width, frames * channels)`, in [0, 1].
            sigma: Noise level in grey levels of 255, for a model that takes it; a number or, where
                it takes a map, `(batch, height, width, 1)`.

        Returns:
            float32 `(batch, scale * height, scale * width, channels)`.

        Raises:
            ValueError: If the model needs `sigma` and there is none.
            MemoryError: If the memory does not suffice.
        """
        if self.takes_sigma and sigma is None:
            raise ValueError("`sigma` must be given: the model is told the noise level.")
        with self._lock:
            try:
                return self._run(batch, sigma)
            except self._out_of_memory as error:
                raise MemoryError(str(error)) from error

    def told(self, sigma=None):
        """Makes the function of a batch alone, which tells the model the noise level.

        Args:
            sigma: In grey levels of 255; None to estimate it, image by image, and to trust the
                estimate as far as `certainty` says.

        Returns:
            Function from a batch to the restored one; the predictor itself if it takes none.
        """
        if not self.takes_sigma:
            return self
        if sigma is not None:
            return functools.partial(self, sigma=sigma)

        def restore(batch):
            sigmas = [estimate_sigma(image) for image in batch]
            restored = [self(image[None], s) for image, s in zip(batch, sigmas, strict=True)]
            shares = np.float32([certainty(s) for s in sigmas])[:, None, None, None]
            return batch + shares * (np.concatenate(restored) - batch)

        return restore


def levels_of(batch, sigma):
    """Makes the input "sigma" of a network that is told the noise level.

    Args:
        batch: Of the call.
        sigma: Of the call: a number or a map.

    Returns:
        float32 `(batch, 1, 1, 1)`, or the map.
    """
    return np.full(np.shape(sigma) or (len(batch), 1, 1, 1), sigma, np.float32)


def geometry_from(path, *sources):
    """Gathers the geometry of a model's file from what is written in it and on its card.

    Args:
        path: Of the file, for the message.
        sources: Dictionaries, the strongest last.

    Returns:
        Dictionary of `GEOMETRY` and of `frames`.

    Raises:
        ValueError: If something is missing, or is no such number.
    """
    known = {"frames": 1}
    for source in sources:
        if not isinstance(source, dict):
            raise ValueError(f"The geometry in {str(path)!r} must be an object, not {source!r}.")
        known |= source
    missing = [key for key in GEOMETRY if key not in known]
    if missing:
        raise ValueError(
            f"Nothing says the {', '.join(missing)} of {str(path)!r}: it must have been written "
            "by keras_restore.export, or have a card.json beside it."
        )
    geometry = {}
    for key, least in (GEOMETRY | {"frames": 1}).items():
        geometry[key] = value = known[key]
        if not (isinstance(value, int) and value >= least) and (key, value) != ("halo", None):
            raise ValueError(
                f"The {key} of {str(path)!r} must be a whole number, at least {least}. "
                f"Received: {key}={value!r}"
            )
    return geometry
