"""Pictures made up for the tests."""

import numpy as np


def picture(height, width, samples, dtype=np.uint8, seed=0):
    """A smooth picture, part of it noisy, so that every PNG filter is chosen somewhere."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    phases = np.arange(samples)
    values = 0.5 + 0.4 * np.sin(rows[..., None] / 9 + phases) * np.cos(columns[..., None] / 7)
    values = values + rng.normal(0, 0.01, values.shape) * (rows[..., None] % 5 > 2)
    return np.rint(np.clip(values, 0, 1) * np.iinfo(dtype).max).astype(dtype)
