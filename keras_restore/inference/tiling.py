"""Exact tiling: the result of the whole picture, in bounded memory.

The window of a tile is its pixels and `halo` more on each side, cut at the picture's borders:
there the network pads with its own zeros, as it does with the whole picture. All windows have
one size, which is the picture's size modulo the network's multiple, and start at multiples of
it, so the padding inside the network happens at the picture's end only, or among pixels that
are thrown away.
"""

import dataclasses

import numpy as np

from keras_restore.ops import from_float, to_float

# Tiles of more pixels are no faster.
LARGEST_TILE = 4096
MOST_TILES_A_SIDE = 400


@dataclasses.dataclass(frozen=True)
class TileSize:
    """Height and width of the windows, in input pixels."""

    height: int
    width: int


def choose_tile_size(height, width, predictor, most_pixels=None, tile=None):
    """Chooses the size of the windows that needs the least computation.

    Args:
        height: Of the picture, in pixels.
        width: Of the picture.
        predictor: See `restore_rows`.
        most_pixels: Number of pixels of a window that the memory allows, None for no bound.
        tile: Side of a window in pixels, given by the user; None to choose it.

    Returns:
        A `TileSize`; the picture's own size if no tiling is needed.

    Raises:
        ValueError: If the smallest possible window has more than `most_pixels`, `tile` is
            smaller than that window, the network cannot be tiled, or it takes windows of one size
            only, which do not fit the picture.

    Example:

    >>> size = choose_tile_size(4000, 6000, predictor, most_pixels=1_000_000)
    """
    if predictor.size is not None:
        _check_fixed_size(height, width, predictor)
        return TileSize(*predictor.size)
    halo, multiple = predictor.halo, predictor.multiple
    if halo is None:
        if tile is not None and tile < max(height, width):
            raise ValueError(
                "This model sees the whole picture at once (it has a global operation): it "
                f"cannot be tiled. Received: tile={tile}"
            )
        if most_pixels is not None and height * width > most_pixels:
            raise ValueError(
                "This model sees the whole picture at once (it has a global operation), and "
                f"{width} x {height} pixels need more than the memory allowed."
            )
        return TileSize(height, width)
    if tile is not None:
        sides = [min(n, _congruent(tile, n, multiple)) for n in (height, width)]
        smallest = 2 * halo + multiple
        if (sides[0] < min(height, smallest)) or (sides[1] < min(width, smallest)):
            raise ValueError(
                f"`tile` must be at least {2 * halo + 2 * multiple - 1} pixels for this model "
                f"(halo {halo}, multiple {multiple}). Received: tile={tile}"
            )
        return TileSize(*sides)
    best = None
    widths = list(_sides(width, halo, multiple))
    for rows, tall in _sides(height, halo, multiple):
        for columns, wide in widths:
            if most_pixels is not None and tall * wide > most_pixels:
                continue
            cost = (rows * columns * tall * wide, tall)
            if best is None or cost < best[0]:
                best = (cost, TileSize(tall, wide))
            break
    if best is None:
        smallest = _sides(height, halo, multiple)[-1][1] * widths[-1][1]
        raise ValueError(
            f"The memory allows windows of {most_pixels} pixels; this model (halo {halo}) "
            f"needs at least {smallest}."
        )
    return best[1]


def restore_rows(source, predictor, dtype=np.float32, tile=None, most_pixels=None, progress=None):
    """Restores a picture band by band, from top to bottom.

    Args:
        source: With `height`, `width`, `dtype` and `read(count)`, which returns the next
            `count` rows `(count, width, channels)`; integers are scaled to [0, 1].
        predictor: Callable from a float32 batch `(n, h, w, channels)` to the restored one,
            with the attributes `scale`, `multiple`, `halo`, `size` (the fixed height and
            width that it takes, or None) and `largest_batch`. It raises `MemoryError`
            where memory does not suffice; then the tile shrinks.
        dtype: Of the result: a float type, or uint8 or uint16 (clipped and rounded).
        tile: See `choose_tile_size`.
        most_pixels: See `choose_tile_size`.
        progress: Called with the number of input pixels done since the last call.

    Yields:
        Arrays `(rows, scale * width, channels)` which together are the restored picture.

    Raises:
        ValueError: See `choose_tile_size`.
        MemoryError: If even the smallest tile does not fit.

    Example:

    >>> restored = np.concatenate(list(restore_rows(ArraySource(image), predictor)))
    """
    height, width = source.height, source.width
    size = choose_tile_size(height, width, predictor, most_pixels, tile)
    padded_height = _padded(height, size.height, predictor.multiple)
    rows = _RowBuffer(source)
    done = 0
    while done < height:
        start, stop = _window(done, padded_height, size.height, predictor)
        band = rows.window(start, start + size.height)
        try:
            restored = _restore_band(
                band,
                width,
                done - start,
                min(stop, height) - start,
                predictor,
                size,
                dtype,
                progress,
            )
        except MemoryError:
            size = _shrink(size, height, width, predictor)
            padded_height = _padded(height, size.height, predictor.multiple)
            continue
        yield restored
        done = min(stop, height)


class _RowBuffer:
    """Rows of a sequential source, of which the passed ones are forgotten."""

    def __init__(self, source):
        self.source = source
        self.first = self.next = 0
        self.rows = None

    def window(self, start, stop):
        """Rows `start` to `stop`; the last row is repeated beyond the picture's end."""
        parts = [] if self.rows is None else [self.rows[max(0, start - self.first) :]]
        self.first = max(self.first, start)
        stop_read = min(stop, self.source.height)
        if self.next < start:
            self.source.read(start - self.next)
            self.next = start
        if self.next < stop_read:
            parts.append(self.source.read(stop_read - self.next))
            self.next = stop_read
        self.rows = parts[0] if len(parts) == 1 else np.concatenate(parts)
        rows = self.rows[start - self.first : stop - self.first]
        missing = stop - start - len(rows)
        return np.pad(rows, ((0, missing), (0, 0), (0, 0)), "edge") if missing else rows


def _restore_band(band, width, top, bottom, predictor, size, dtype, progress):
    """Restores the rows `top` to `bottom` of a band of windows, from left to right."""
    scale = predictor.scale
    padded_width = _padded(width, size.width, predictor.multiple)
    band = np.pad(band, ((0, 0), (0, padded_width - width), (0, 0)), "edge")
    pieces = []
    done = 0
    while done < width:
        start, stop = _window(done, padded_width, size.width, predictor)
        pieces.append((start, done, min(stop, width)))
        done = pieces[-1][-1]
    count = min(predictor.largest_batch, len(pieces))
    restored = None
    for i in range(0, len(pieces), count):
        group = pieces[i : i + count]
        # The last batch is filled up, so that all have one shape.
        starts = [start for start, _, _ in group] + [group[-1][0]] * (count - len(group))
        windows = np.stack([band[:, start : start + size.width] for start in starts])
        results = np.asarray(predictor(to_float(windows)))
        if restored is None:
            shape = ((bottom - top) * scale, width * scale, results.shape[-1])
            restored = np.empty(shape, dtype)
        for (start, first, stop), result in zip(group, results, strict=False):
            columns = slice((first - start) * scale, (stop - start) * scale)
            result = result[top * scale : bottom * scale, columns]
            restored[:, first * scale : stop * scale] = from_float(result, dtype)
            if progress is not None:
                progress((bottom - top) * (stop - first))
    return restored


def _window(done, length, side, predictor):
    """Start of the window whose first wanted pixel is `done`, and where its wanted ones end."""
    if side >= length:
        return 0, length
    start = max(0, (done - predictor.halo) // predictor.multiple * predictor.multiple)
    start = min(start, length - side)
    return start, length if start + side == length else start + side - predictor.halo


def _check_fixed_size(height, width, predictor):
    """Refuses a picture that ends where the network, in windows of its one size, cannot end it."""
    multiple = predictor.multiple
    for length, side in zip((height, width), predictor.size, strict=True):
        covered = _padded(length, side, multiple)
        # The network repeats the last row and column as far as the next multiple, and no farther.
        ends = -(-covered // multiple) == -(-length // multiple)
        if not ends or (predictor.halo is None and covered != side):
            raise ValueError(
                f"This file takes windows of {predictor.size[1]} x {predictor.size[0]} pixels "
                "only, and what is added to a smaller picture would change the result at its "
                "borders: take the model's file of any size. "
                f"Received: a picture of {width} x {height}"
            )


def _padded(length, side, multiple):
    """The length that windows of a fixed side cover; `length` where the side was chosen for it."""
    if side <= length and (length - side) % multiple == 0:
        return length
    return max(side, side + -(-(length - side) // multiple) * multiple)


def _congruent(side, length, multiple):
    """The largest number up to `side` that equals `length` modulo `multiple`."""
    return side - (side - length) % multiple


def _sides(length, halo, multiple):
    """Pairs (number of windows, side of a window), from one window to the most."""
    pairs = [(1, length)]
    smallest = 2 * halo + multiple
    smallest += (length - smallest) % multiple
    for count in range(2, MOST_TILES_A_SIDE):
        if pairs[-1][1] <= smallest:
            break
        step = -(-(length - 2 * halo) // count)
        step = max(multiple, -(-step // multiple) * multiple)
        side = step + 2 * halo
        side += (length - side) % multiple
        if side < pairs[-1][1]:
            pairs.append((count, side))
    if pairs[-1][1] > smallest:
        pairs.append((-(-(length - 2 * halo) // multiple), smallest))
    return [pair for pair in pairs if pair[1] <= LARGEST_TILE] or pairs[-1:]


def _shrink(size, height, width, predictor):
    """A tile of about half the pixels, after the memory did not suffice."""
    if predictor.size is not None or predictor.halo is None:
        raise MemoryError("The picture does not fit into memory, and this model cannot be tiled.")
    try:
        return choose_tile_size(height, width, predictor, size.height * size.width // 2)
    except ValueError as error:
        raise MemoryError(f"Out of memory with the smallest tile. {error}") from None
