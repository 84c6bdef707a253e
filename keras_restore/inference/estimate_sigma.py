"""The noise level of a photo."""

import functools
import importlib.util
import itertools
import json
import pathlib

import numpy as np

from keras_restore.ops import rgb_to_ycbcr, to_float

BLOCK = 16
# Of the rings of the DCT's frequencies; the coarsest, which hold the picture, are left out.
EDGES = (1.5, 2.5, 4, 6, 9, 12, 16, 30)
QUANTILES = (0.05, 0.2, 0.5)
# Blocks looked at, spread evenly over the picture.
MOST_BLOCKS_A_SIDE = 96
# Fewer say too little.
FEWEST_BLOCKS = 25
# A block of which more is at the end of the range has lost its noise there.
MOST_WHITE, MOST_BLACK = 0.1, 0.5
# What a network is told of the file that took the fine noise; chosen on real pairs.
FILE = 2.25
# By how much more white noise may be read without counting as coarse.
FINE = 1.2
# Of readings up to the first, which clean photos have, nothing is told; from the second on, all.
CLEAN = (1.5, 2.3)
# An estimate up to the first may be the picture's own texture, from the second on it is noise.
SURE = (1.5, 3.0)
# The middle of the picture that the wavelet estimator looks at.
WHITE_SIDE = 1024
TABLE = pathlib.Path(__file__).with_name("estimate_sigma.json")


def estimate_sigma(pixels):
    """Estimates the noise level that a network should be told.

    For white noise it is the standard deviation. A camera's noise is not white: demosaicking,
    denoising in the camera and JPEG files leave its coarse part and take the fine one, which is
    what other estimators look at. In a colour picture, blocks of 16 x 16 pixels are therefore
    measured in seven bands of their DCT, in luma and chroma; low quantiles over the blocks, where
    there is little but noise, go through a small network that was fitted to read the standard
    deviation of white noise, grain and camera noise, with and without JPEG
    (`benchmarks/noise_level.py`). Where the fine noise, that of scikit-image's wavelet estimator,
    is missing, a file's compression took it, and detail with it, which networks are trained to be
    told of as well: the level is then that of both.

    Gray pictures, and colour ones with too few blocks that are neither white nor black, are
    measured by the wavelet estimator alone, as if the noise were white.

    Args:
        pixels: `(height, width, channels)`, uint8, uint16 or float in [0, 1].

    Returns:
        Noise level in grey levels of 255, 0 and more.

    Raises:
        ImportError: If scikit-image is not installed.

    Example:

    >>> sigma = estimate_sigma(pixels)
    """
    if importlib.util.find_spec("skimage") is None:
        raise ImportError("Estimating noise needs `pip install scikit-image`.")
    features = noise_features(pixels) if pixels.shape[2] == 3 else None
    if features is None:
        return _white_sigma(pixels)
    table = _table()
    hidden = (features - table["mean"]) / table["deviation"] @ table["hidden"] + table["bias"]
    logarithm = np.tanh(hidden) @ table["output"] + table["output_bias"]
    level = max(float(np.exp(logarithm) - table["offset"]), 0.0)
    fine = _white_sigma(pixels)
    coarse = max(1.0 - FINE * fine / level, 0.0) if level else 0.0
    return float(np.interp(level, CLEAN, (0.0, 1.0)) * np.hypot(level, FILE * coarse))


def certainty(sigma):
    """The share of a network's effect that an estimated noise level justifies.

    Even told that there is no noise, a network changes a clean photo: nothing is done up to 1.5
    grey levels, from 3 on everything, and in between in proportion.

    Args:
        sigma: What `estimate_sigma` returned.

    Returns:
        From 0 to 1.

    Example:

    >>> certainty(2.25)
    0.5
    """
    return float(np.interp(sigma, SURE, (0.0, 1.0)))


def noise_features(pixels):
    """Measures what `estimate_sigma` reads the noise level from.

    Args:
        pixels: `(height, width, 3)`, uint8, uint16 or float in [0, 1].

    Returns:
        float64 vector: logarithms of the root mean square in seven bands of the DCT, in luma and
        chroma, at three quantiles over the blocks; None if too few blocks are exposed well.

    Example:

    >>> features = noise_features(pixels)
    """
    from scipy.fft import dctn

    blocks = 255.0 * to_float(_spread_blocks(pixels))
    brightest, darkest = blocks.max(axis=-1), blocks.min(axis=-1)
    white, black = (brightest >= 254).mean(axis=(1, 2)), (darkest <= 1).mean(axis=(1, 2))
    blocks = blocks[(white <= MOST_WHITE) & (black <= MOST_BLACK)]
    if len(blocks) < FEWEST_BLOCKS:
        return None
    energy = dctn(rgb_to_ycbcr(blocks), axes=(1, 2), norm="ortho") ** 2
    bands = np.stack([energy[:, ring].mean(axis=1) for ring in _rings()], axis=1)
    bands = np.stack([bands[..., 0], bands[..., 1:].mean(axis=-1)], axis=1)
    return np.log(np.sqrt(np.quantile(bands, QUANTILES, axis=0)) + 0.2).ravel()


def _spread_blocks(pixels):
    height, width = (size // BLOCK for size in pixels.shape[:2])
    grid = pixels[: height * BLOCK, : width * BLOCK]
    grid = grid.reshape(height, BLOCK, width, BLOCK, pixels.shape[2])
    rows, columns = (
        np.unique(np.linspace(0, max(count - 1, 0), MOST_BLOCKS_A_SIDE).astype(int))[:count]
        for count in (height, width)
    )
    chosen = grid[rows][:, :, columns]
    return np.moveaxis(chosen, 1, 2).reshape(-1, BLOCK, BLOCK, pixels.shape[2])


@functools.cache
def _rings():
    radius = np.hypot(*np.mgrid[:BLOCK, :BLOCK])
    return [(radius >= low) & (radius < high) for low, high in itertools.pairwise(EDGES)]


@functools.cache
def _table():
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    return {name: np.asarray(values) for name, values in table.items()}


def _white_sigma(pixels):
    from skimage.restoration import estimate_sigma as wavelet_estimate

    top, left = (max(0, size - WHITE_SIDE) // 2 for size in pixels.shape[:2])
    middle = to_float(pixels[top : top + WHITE_SIDE, left : left + WHITE_SIDE])
    sigma = wavelet_estimate(middle, average_sigmas=True, channel_axis=-1)
    return float(np.nan_to_num(sigma)) * 255
