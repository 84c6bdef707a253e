"""The quantisation tables of JPEG files."""

import numpy as np

# ITU-T T.81, tables K.1 and K.2, row by row.
LUMA_TABLE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
CHROMA_TABLE = np.full((8, 8), 99, np.float32)
CHROMA_TABLE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]


def jpeg_quality(luma_table):
    """Finds the quality that a JPEG file was written with.

    Args:
        luma_table: The 64 steps of its first table, row by row.

    Returns:
        Integer from 1 to 100: the one whose table, as libjpeg's `jpeg_set_quality` scales the
        standard's, is nearest.

    Example:

    >>> jpeg_quality(LUMA_TABLE)
    50
    """
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    tables = np.clip((LUMA_TABLE.ravel() * percent[:, None] + 50) // 100, 1, 255)
    return int(quality[abs(tables - np.ravel(luma_table)).sum(axis=1).argmin()])
