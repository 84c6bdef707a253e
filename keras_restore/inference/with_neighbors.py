"""Frames of a clip with those around them."""

import itertools


def with_neighbors(frames, reach):
    """Shows each frame of a scene with the frames around it, mirrored at the ends of the scene.

    Args:
        frames: Iterable of anything; no more than `reach` are read ahead.
        reach: Number of neighbors on each side.

    Yields:
        Pairs of a frame and the list of its neighbors, in the order of time.

    Example:

    >>> list(with_neighbors("abc", 1))
    [('a', ['b', 'b']), ('b', ['a', 'c']), ('c', ['b', 'b'])]
    """
    frames, known, count = iter(frames), {}, 0
    for index in itertools.count():
        for frame in itertools.islice(frames, index + reach + 1 - count):
            known[count] = frame
            count += 1
        if index == count:
            return
        around = (index + step for step in range(-reach, reach + 1) if step)
        yield known[index], [known[_mirrored(i, count)] for i in around]
        known.pop(index - reach, None)


def _mirrored(index, count):
    period = 2 * (count - 1) or 1
    return min(index % period, -index % period)
