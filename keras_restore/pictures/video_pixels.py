"""The pixels of video frames: planes of 8 to 16 bits to float RGB and back, without a loss."""

import numpy as np

# Red's and blue's share of luma by FFmpeg's number of the matrix: BT.709, BT.601 (twice), BT.2020.
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
# What players take a clip without a tag for, by its height.
HIGH_DEFINITION, UNTAGGED_HIGH, UNTAGGED_LOW = 720, 1, 6
FULL_RANGE = 2
SUBSAMPLINGS = {
    **{(1, 1): "444", (2, 1): "422", (2, 2): "420"},
    **{(1, 2): "440", (4, 1): "411", (4, 4): "410"},
}


def planar_format(video_format):
    """Names the format that holds a frame's samples as they are, in planes and without alpha.

    Args:
        video_format: `av.VideoFormat`.

    Returns:
        Name of a gray, YUV or RGB format, such as "yuv420p10le".

    Raises:
        ValueError: If there is none.

    Example:

    >>> planar_format(av.VideoFormat("nv12"))
    'yuv420p'
    """
    if video_format.name.startswith("yuvj"):
        return video_format.name
    bits = video_format.components[0].bits
    deep = f"{bits}le" if bits > 8 else ""
    if bits <= 16 and (video_format.is_rgb or video_format.has_palette):
        return f"gbrp{deep}"
    if bits <= 16 and len(video_format.components) < 3:
        return f"gray{deep}"
    shrinking = (16 // video_format.chroma_width(16), 16 // video_format.chroma_height(16))
    if bits <= 16 and shrinking in SUBSAMPLINGS:
        return f"yuv{SUBSAMPLINGS[shrinking]}p{deep}"
    raise ValueError(f"has pixels of the format {video_format.name}, which cannot be read")


def read_frame(frame):
    """Converts a frame to RGB, or one gray channel.

    Chroma of fewer samples is enlarged linearly.

    Args:
        frame: `av.VideoFrame`.

    Returns:
        float32 `(height, width, 3 or 1)`; values of video range may lie outside [0, 1].

    Example:

    >>> read_frame(av.VideoFrame(64, 48, "yuv420p")).shape
    (48, 64, 3)
    """
    planar = _planar(frame)
    return _to_rgb(_read_planes(planar), planar)


def written_frame(pixels, source, video_format):
    """Makes the frame of restored pixels.

    Where the format is the source's own, what was changed is added to its planes: a pixel that is
    as it was gets its very samples back, whatever the subsampling.

    Args:
        pixels: float32 `(height, width, 3 or 1)`.
        source: The `av.VideoFrame` that was restored.
        video_format: Name of the new frame's format, one that `planar_format` returns.

    Returns:
        `av.VideoFrame` with the colour tags of `source`.

    Example:

    >>> source = av.VideoFrame(64, 48, "yuv420p")
    >>> frame = written_frame(0.9 * read_frame(source), source, "yuv420p")
    """
    from av import VideoFrame

    height, width = pixels.shape[:2]
    frame = VideoFrame(width, height, video_format)
    for tag in ("color_range", "colorspace", "color_primaries", "color_trc"):
        setattr(frame, tag, getattr(source, tag))
    planar = _planar(source)
    size = (source.height, source.width)
    if (planar.format.name, (height, width)) == (video_format, size):
        planes = _read_planes(planar)
        changes = _from_rgb(pixels - _to_rgb(planes, planar), frame, _weights(source))
        planes = [plane + change for plane, change in zip(planes, changes, strict=True)]
    else:
        planes = _from_rgb(pixels, frame, _weights(source))
        if not frame.format.is_rgb:
            black, middle = _levels(frame)[0], 2 ** (frame.format.components[0].bits - 1)
            planes = [planes[0] + black, *(plane + middle for plane in planes[1:])]
    peak = 2 ** frame.format.components[0].bits - 1
    for index, plane in enumerate(planes):
        _samples(frame, index)[...] = np.rint(np.clip(plane, 0, peak))
    return frame


def _planar(frame):
    # libswscale's threads overwrite the first samples of each other's rows (p010le, 67 columns).
    return frame.reformat(format=planar_format(frame.format), threads=1)


def _samples(frame, index):
    """The samples of one plane, as they lie in the frame."""
    plane = frame.planes[index]
    rows = np.frombuffer(plane, np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
    return rows.reshape(-1, plane.line_size // rows.itemsize)[: plane.height, : plane.width]


def _read_planes(frame):
    return [_samples(frame, i).astype(np.float32) for i in range(len(frame.planes))]


def _to_rgb(planes, frame):
    low, luma_range, chroma_range = _levels(frame)
    luma = (planes[0] - np.float32(low)) * np.float32(1 / luma_range)
    if len(planes) == 1:
        return luma[..., None]
    rgb = np.empty((*luma.shape, 3), np.float32)
    if frame.format.is_rgb:
        rgb[..., 1] = luma
        for channel, plane in ((2, planes[1]), (0, planes[2])):
            rgb[..., channel] = plane * np.float32(1 / luma_range)
        return rgb
    middle = np.float32(2 ** (frame.format.components[0].bits - 1))
    red, green, blue = _weights(frame)
    for channel, plane, weight in ((2, planes[1], blue), (0, planes[2], red)):
        plane = (plane - middle) * np.float32((2 - 2 * weight) / chroma_range)
        rgb[..., channel] = luma + _enlarge(plane, luma.shape, frame.format)
    rgb[..., 1] = (luma - red * rgb[..., 0] - blue * rgb[..., 2]) / green
    return rgb


def _from_rgb(pixels, frame, weights):
    """The planes of pixels in a frame's format, as floats, chroma around 0 and luma from 0."""
    _, luma_range, chroma_range = _levels(frame)
    if frame.format.is_rgb:
        return [pixels[..., channel] * np.float32(luma_range) for channel in (1, 2, 0)]
    if pixels.shape[-1] == 1:
        luma, differences = pixels[..., 0], [np.zeros_like(pixels[..., 0])] * 2
    else:
        luma = sum(pixels[..., i] * weight for i, weight in enumerate(weights))
        differences = [
            (pixels[..., i] - luma) * (0.5 / (1 - weights[i])) * np.float32(chroma_range)
            for i in (2, 0)
        ]
    planes = [luma * np.float32(luma_range)]
    chroma = differences[: len(frame.planes) - 1]
    return planes + [_shrink(plane, frame.format) for plane in chroma]


def _levels(frame):
    """Black, and the ranges of luma and chroma, in levels (ITU-R BT.709 and BT.2100)."""
    bits = frame.format.components[0].bits
    if frame.format.is_rgb or frame.color_range == FULL_RANGE or "yuvj" in frame.format.name:
        return 0.0, 2.0**bits - 1, 2.0**bits - 1
    unit = 2.0 ** (bits - 8)
    return 16 * unit, 219 * unit, 224 * unit


def _weights(frame):
    """Shares of red, green and blue in luma."""
    untagged = UNTAGGED_HIGH if frame.height >= HIGH_DEFINITION else UNTAGGED_LOW
    red, blue = WEIGHTS.get(int(frame.colorspace), WEIGHTS[untagged])
    return np.float32([red, 1 - red - blue, blue])


def _factors(video_format):
    return 16 // video_format.chroma_height(16), 16 // video_format.chroma_width(16)


def _enlarge(plane, shape, video_format):
    for axis, factor in enumerate(_factors(video_format)):
        while factor > 1:
            plane = _doubled(plane, axis)
            factor //= 2
    return plane[: shape[0], : shape[1]]


def _doubled(plane, axis):
    plane = np.moveaxis(plane, axis, 0)
    padded = np.concatenate([plane[:1], plane, plane[-1:]])
    doubled = np.empty((2 * len(plane), *plane.shape[1:]), np.float32)
    doubled[0::2] = 0.75 * plane + 0.25 * padded[:-2]
    doubled[1::2] = 0.75 * plane + 0.25 * padded[2:]
    return np.moveaxis(doubled, 0, axis)


def _shrink(plane, video_format):
    for axis, factor in enumerate(_factors(video_format)):
        if factor > 1:
            plane = np.moveaxis(plane, axis, 0)
            missing = -len(plane) % factor
            plane = np.pad(plane, ((0, missing), (0, 0)), "edge")
            plane = np.moveaxis(plane.reshape(-1, factor, plane.shape[1]).mean(axis=1), 0, axis)
    return plane
