"""How much memory a picture may take."""

import os
import re

UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
# Where the system does not say what is free.
ASSUMED_FREE = 2_000_000_000
# Larger tiles save no more than a few per cent, and a laptop of 8 GB has room for it.
LARGEST_DEFAULT = 2_000_000_000
# What a run takes beside its arrays: thread stacks, scratch, the files' buffers.
OVERHEAD = 60_000_000


def parse_bytes(text):
    """Reads a size such as "1.5G" or "800M" (powers of ten).

    Args:
        text: Number with an optional unit K, M, G or T, or a number.

    Returns:
        Number of bytes, an integer.

    Raises:
        ValueError: If it is none, or not positive.

    Example:

    >>> parse_bytes("1.5G")
    1500000000
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([KMGT]?)I?B?\s*", str(text).upper())
    count = int(float(match[1]) * UNITS[match[2]]) if match else 0
    if count <= 0:
        raise ValueError(f"`memory` must be a size such as 800M or 1.5G. Received: memory={text!r}")
    return count


def free_memory():
    """Returns the bytes of memory that new work can take without swapping."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            available = re.search(r"MemAvailable:\s+(\d+) kB", file.read())
        free = int(available[1]) * 1024
    except (OSError, TypeError):
        try:
            free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        except (AttributeError, OSError, ValueError):
            free = ASSUMED_FREE
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(file, encoding="ascii") as limit:
                free = min(free, int(limit.read()))
        except (OSError, ValueError):
            continue
    return free


def most_pixels(predictor, source, memory=None):
    """Converts a memory budget to the number of pixels of a window.

    Args:
        predictor: With `bytes_per_pixel`, `scale` and `largest_batch`.
        source: With `height`, `width`, `channels` and `dtype`.
        memory: Bytes; None for half of what is free, at most 2 GB.

    Returns:
        Number of pixels.

    Example:

    >>> pixels = most_pixels(predictor, ArraySource(image), memory=1_500_000_000)
    """
    if memory is None:
        memory = min(free_memory() // 2, LARGEST_DEFAULT)
    memory = max(memory - OVERHEAD, memory // 4)
    per_pixel = predictor.bytes_per_pixel * predictor.largest_batch
    # A band of windows before the network, copied once, and after it.
    values = source.channels * (2 + predictor.scale**2) * source.dtype.itemsize
    pixels = memory / (per_pixel + values)
    # A band is as high as a window (taken to be square) and as wide as the picture.
    for _ in range(8):
        band = min(pixels**0.5, source.height) * source.width * values
        pixels = max((memory - band) / per_pixel, 1.0) * 0.5 + 0.5 * pixels
    return int(pixels)
