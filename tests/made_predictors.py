"""Predictors in NumPy, whose results are known."""

import time

import numpy as np
from scipy import ndimage

from keras_restore.inference import Card, Predictor


class Identity(Predictor):
    """Gives the picture back."""

    scale, multiple, halo, frames, bytes_per_pixel = 1, 1, 0, 1, 4

    def __init__(self, channels=1, **attributes):
        super().__init__(Card())
        self.channels = channels
        self.shapes = []
        self.__dict__.update(attributes)

    def _run(self, batch, sigma):
        assert batch.dtype == np.float32
        self.shapes.append(batch.shape)
        return self.restore(batch)

    def restore(self, batch):
        return batch


class Blur(Identity):
    """A 5x5 mean with zeros beyond the border, like two 3x3 convolutions."""

    halo = 2

    def restore(self, batch):
        return ndimage.uniform_filter(batch, (1, 5, 5, 1), mode="constant")


class Stopping(Blur):
    """Restores so many windows and then none, until its process is killed."""

    def __init__(self, last):
        super().__init__()
        self.last = last

    def restore(self, batch):
        if len(self.shapes) > self.last:
            time.sleep(600)
        return super().restore(batch)


class Shift(Identity):
    """Takes each pixel from the left: not symmetric, so flips matter."""

    halo = 1

    def restore(self, batch):
        return np.pad(batch, ((0, 0), (0, 0), (1, 0), (0, 0)))[:, :, :-1]


class Double(Identity):
    """Repeats each pixel twice along both axes."""

    scale = 2

    def restore(self, batch):
        return batch.repeat(2, axis=1).repeat(2, axis=2)


class OutOfMemory(Blur):
    """Refuses windows of more than so many pixels."""

    def __init__(self, most, **attributes):
        super().__init__(**attributes)
        self.most = most

    def restore(self, batch):
        if batch.shape[1] * batch.shape[2] > self.most:
            raise MemoryError("too large")
        return super().restore(batch)


class Darken(Identity):
    """Takes the noise level off every pixel."""

    takes_sigma = takes_map = True

    def _run(self, batch, sigma):
        return batch - np.asarray(sigma / 255, np.float32)


class Around(Identity):
    """0.6 of the first of three frames, 0.3 of the one before it and 0.1 of the one after."""

    frames = 3

    def restore(self, batch):
        size = self.channels
        before, after = batch[..., size : 2 * size], batch[..., 2 * size : 3 * size]
        return 0.6 * batch[..., :size] + 0.3 * before + 0.1 * after
