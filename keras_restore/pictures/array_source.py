"""An array as a source of rows."""


class ArraySource:
    """Gives the rows of an array one after the other.

    Args:
        array: `(height, width, channels)`.

    Example:

    >>> ArraySource(np.zeros((480, 640, 3), np.uint8)).read(16).shape
    (16, 640, 3)
    """

    def __init__(self, array):
        self.height, self.width, self.channels = array.shape
        self.dtype = array.dtype
        self._array = array
        self._next = 0

    def read(self, count):
        """Returns the next `count` rows."""
        rows = self._array[self._next : self._next + count]
        self._next += count
        return rows
