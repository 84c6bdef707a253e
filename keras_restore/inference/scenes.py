"""Where one scene of a clip ends and the next begins."""

import collections

import numpy as np

ROWS, COLUMNS = 18, 32
# Mean difference of two thumbnails, of 1 from black to white, that is a cut ...
LEAST = 0.04
# ... if it is so many times the usual difference of the last frames: a pan is none.
TIMES, FRAMES = 4.0, 8


class SceneCuts:
    """Finds the first frames of scenes, frame by frame.

    Thumbnails are compared, whose pixels are means over so many that noise plays no part.

    Example:

    >>> cuts = SceneCuts()
    >>> [cuts.is_first(np.full((90, 160), light)) for light in (0, 0, 1)]
    [True, False, True]
    """

    def __init__(self):
        self._before = None
        self._differences = collections.deque(maxlen=FRAMES)

    def is_first(self, luma):
        """Says whether a new scene begins with the next frame.

        Args:
            luma: `(height, width)`, in [0, 1].

        Returns:
            True or False.
        """
        thumbnail, before = _thumbnail(luma), self._before
        self._before = thumbnail
        if before is None:
            return True
        difference = np.abs(thumbnail - before).mean()
        usual = np.median(self._differences) if self._differences else 0.0
        if difference > max(LEAST, TIMES * usual):
            self._differences.clear()
            return True
        self._differences.append(difference)
        return False


def _thumbnail(luma):
    rows, columns = (
        np.unique(np.arange(count) * size // count)
        for count, size in zip((ROWS, COLUMNS), luma.shape, strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(luma, rows, axis=0), columns, axis=1)
    tall, wide = (
        np.diff(starts, append=size)
        for starts, size in zip((rows, columns), luma.shape, strict=True)
    )
    return sums / (tall[:, None] * wide)
