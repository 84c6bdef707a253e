"""Clips: the frames of a file, and a file like it with other frames."""

import contextlib
import io
import itertools
import pathlib
import struct

from keras_restore.complete_path import complete_path
from keras_restore.pictures.video_pixels import planar_format

SUFFIXES = frozenset(".avi .m2ts .m4v .mkv .mov .mp4 .mpg .mts .ts .webm .wmv".split())
# Those that keep what a clip has: times of their own for frames, orientation, chapters.
CONTAINERS = {".m4v": "mp4", ".mkv": "matroska", ".mov": "mov", ".mp4": "mp4", ".webm": "webm"}
# Largest constant rate factor of the encoders that have one.
CONSTANT_RATE = {"libx264": 51, "libx265": 51, "libvpx-vp9": 63, "libsvtav1": 63}
OPTIONS = {
    "libx265": {"x265-params": "log-level=none"},
    "libvpx-vp9": {"b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
    "libsvtav1": {"preset": "8", "svtav1-params": "pred-struct=1"},
}
# What says which container a file was, not what is in it.
OF_THE_CONTAINER = ("major_brand", "minor_version", "compatible_brands", "encoder")


def is_video(path):
    """Says whether a path's suffix is a clip's.

    Args:
        path: Of a file.

    Returns:
        True or False.

    Example:

    >>> is_video("holiday.MP4")
    True
    """
    return pathlib.Path(path).suffix.lower() in SUFFIXES


def import_av():
    """Imports PyAV.

    Returns:
        The module `av`.

    Raises:
        ImportError: If it is not installed.

    Example:

    >>> av = import_av()
    """
    try:
        import av
    except ImportError as error:
        raise ImportError("Video needs `pip install keras-restore[video]`.") from error
    return av


class Clip:
    """The first video stream of a file.

    Args:
        path: Of the file.

    Attributes:
        height, width: Of the frames.
        rate: Of the frames per second, a mean.
        stream: The `av` stream.
        damaged: Number of places where `frames` found nothing that could be decoded.

    Raises:
        ValueError: If the file has no video.
        ImportError: If PyAV is not installed.
        OSError: If the file cannot be opened.

    Example:

    >>> with Clip("clip.mp4") as clip:
    ...     frames = list(clip.frames())
    """

    def __init__(self, path):
        av = import_av()
        self.path, self.damaged = path, 0
        try:
            self.container = av.open(str(path))
        except av.error.InvalidDataError as error:
            raise ValueError("not a video, or of an unknown format") from error
        pictures = av.stream.Disposition.attached_pic
        streams = [s for s in self.container.streams.video if not s.disposition & pictures]
        if not streams or streams[0].codec_context is None:
            self.container.close()
            raise ValueError("has no video that can be decoded")
        self.stream = streams[0]
        self.height, self.width = self.stream.height, self.stream.width
        self.rate = self.stream.guessed_rate or self.stream.average_rate or 25

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.container.close()

    def count(self, until=None):
        """About how many frames there are, by the file's header; see `frames`."""
        seconds = (self.container.duration or 0) / 1e6
        frames = self.stream.frames or round(seconds * self.rate)
        return frames if until is None else min(frames, round(until * self.rate))

    def frames(self, until=None):
        """Decodes the frames in the order in which they are shown.

        Args:
            until: Seconds after the first frame, None for the whole clip.

        Yields:
            `av.VideoFrame`, whose `pts` increases strictly.

        Raises:
            ValueError: If the size of the frames changes.
        """
        av = import_av()
        step = max(1, round(1 / (self.rate * self.stream.time_base)))
        first = last = None
        for packet in self._packets(av):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                self.damaged += 1
                continue
            for frame in frames:
                if (frame.height, frame.width) != (self.height, self.width):
                    raise ValueError(
                        f"changes its size from {self.width} x {self.height} to "
                        f"{frame.width} x {frame.height}"
                    )
                self.damaged += frame.is_corrupt
                if first is None:
                    first = last = frame.pts or 0
                elif frame.pts is None:
                    last += step
                else:
                    last = max(last + 1, frame.pts)
                frame.pts, frame.time_base = last, self.stream.time_base
                if until is not None and (last - first) * self.stream.time_base >= until:
                    return
                yield frame

    def _packets(self, av):
        try:
            yield from self.container.demux(self.stream)
        except av.error.InvalidDataError:
            self.damaged += 1


class SegmentWriter:
    """Encodes frames into a file of their own, to be joined by `join_segments`.

    Args:
        path: Of the segment.
        clip: The `Clip` that the frames were.
        codec: See `choose_codec`.
        height, width: Of the frames.
        quality: From 1 to 100.

    Example:

    >>> frames = list(Clip("clip.mp4").frames())
    >>> with SegmentWriter("0.mkv", Clip("clip.mp4"), "libx264", 48, 64) as segment:
    ...     segment.write(frames[0])
    """

    def __init__(self, path, clip, codec, height, width, quality=95):
        self._path, self._clip, self._size = path, clip, (height, width)
        self._codec, self._quality = codec, quality
        self._count = 0

    def __enter__(self):
        av = import_av()
        source = self._clip.stream.codec_context
        with contextlib.ExitStack() as stack:
            partial = stack.enter_context(complete_path(self._path))
            self._output = stack.enter_context(av.open(str(partial), "w"))
            options = _encoder_options(self._codec, self._quality)
            self._stream = stream = self._output.add_stream(self._codec, self._clip.rate, options)
            stream.height, stream.width = self._size
            stream.pix_fmt = encoded_format(self._codec, self._clip)
            for tag in ("color_range", "colorspace", "color_primaries", "color_trc"):
                setattr(stream, tag, getattr(source, tag))
            stream.sample_aspect_ratio = self._clip.stream.sample_aspect_ratio or 0
            # Packets then lie in the order of the frames, and need no times of their own.
            stream.max_b_frames = 0
            stack.push(self._flush)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.__exit__(*error)

    def _flush(self, kind, *_):
        if kind is None:
            self._output.mux(self._stream.encode())

    def write(self, frame):
        """Encodes the next frame."""
        frame.pts, frame.time_base = self._count, 1 / self._stream.codec_context.framerate
        self._count += 1
        self._output.mux(self._stream.encode(frame))


def choose_codec(clip, target):
    """Chooses what a clip's frames are encoded by: its own codec, where the container holds it.

    Args:
        clip: `Clip`.
        target: Path of the new file; its suffix chooses the container.

    Returns:
        Name of an encoder.

    Raises:
        ValueError: If the container is not known, or cannot hold the clip's audio or subtitles.

    Example:

    >>> choose_codec(Clip("clip.mp4"), "restored.mkv")
    'libx264'
    """
    av = import_av()
    suffix = pathlib.Path(target).suffix.lower()
    if suffix not in CONTAINERS:
        raise ValueError(
            f"cannot write {suffix or 'a file without a suffix'}: choose one of "
            f"{', '.join(CONTAINERS)}"
        )
    output = av.open(io.BytesIO(), "w", format=CONTAINERS[suffix])
    _add_others(output, clip, suffix)
    for name in (clip.stream.codec_context.codec.canonical_name, output.default_video_codec):
        with contextlib.suppress(av.codec.codec.UnknownCodecError, ValueError):
            return output.add_stream(av.Codec(name, "w").name).codec_context.codec.name
    raise ValueError(f"cannot encode video for {suffix}: choose .mkv or .mp4")


def encoded_format(codec, clip):
    """Chooses the pixel format of the encoded frames: the clip's, or the nearest of the encoder.

    Args:
        codec: Name of an encoder.
        clip: `Clip`.

    Returns:
        Name of a format.

    Raises:
        ValueError: If the encoder has none.

    Example:

    >>> encoded_format("ffv1", Clip("clip.mp4"))
    'yuv420p'
    """
    av = import_av()
    own = planar_format(clip.stream.codec_context.format)
    names = [f.name for f in av.Codec(codec, "w").video_formats or () if _is_planar(f)]
    if own in names:
        return own
    best, _ = av.codec.find_best_pix_fmt_of_list(names, own)
    if best is None:
        raise ValueError(f"the encoder {codec} takes no pixels of a format like {own}")
    return best.name


def _is_planar(video_format):
    try:
        return planar_format(video_format) == video_format.name
    except ValueError:
        return False


def join_segments(segments, times, clip, target, until=None):
    """Writes a file with the frames of segments, and all else as it is in a clip.

    Audio, subtitles, chapters, titles, the orientation and the shape of the pixels are the clip's;
    the order of the packets, too.

    Args:
        segments: Paths of what `SegmentWriter` wrote.
        times: `pts` of every frame, as the clip counts.
        clip: `Clip`.
        target: Path of the new file.
        until: Seconds after the first frame at which everything ends.

    Returns:
        List of notes: what the file cannot hold.

    Raises:
        OSError: If the file cannot be written.

    Example:

    >>> clip = Clip("clip.mp4")
    >>> frames = list(clip.frames())
    >>> with SegmentWriter("1.mkv", clip, "libx264", 48, 64) as segment:
    ...     segment.write(frames[0])
    >>> join_segments(["1.mkv"], [0], Clip("clip.mp4"), "joined.mp4")
    []
    """
    av = import_av()
    tick = clip.stream.time_base
    with (
        complete_path(target) as partial,
        av.open(str(partial), "w") as output,
        av.open(str(segments[0])) as first,
        Clip(clip.path) as source,
    ):
        video = output.add_stream_from_template(first.streams.video[0])
        if video.codec_context.codec.canonical_name == "hevc" and output.format.name != "matroska":
            # Apple's players take no other.
            video.codec_context.codec_tag = "hvc1"
        video.time_base, video.sample_aspect_ratio = tick, clip.stream.sample_aspect_ratio or 0
        video.metadata.update(clip.stream.metadata)
        video.set_display_matrix(_display_matrix(clip.path))
        streams, notes = _add_others(output, source, pathlib.Path(target).suffix)
        kept = {k: v for k, v in source.container.metadata.items() if k not in OF_THE_CONTAINER}
        output.metadata.update(kept)
        output.set_chapters(source.container.chapters())
        end = None if until is None else times[0] * tick + until
        restored = _timed(_packets_of(segments, av), times, video, tick)
        for packet in source.container.demux():
            time = packet.pts if packet.dts is None else packet.dts
            if time is None:
                continue
            if packet.stream.index == source.stream.index:
                output.mux([item for item in [next(restored, None)] if item])
            elif packet.stream.index in streams:
                if end is not None and time * packet.time_base >= end:
                    continue
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
        for packet in restored:
            output.mux(packet)
    return notes


def _add_others(output, clip, suffix):
    """Adds a clip's other streams to a file; those by their index, and what was left out."""
    streams, notes = {}, []
    for stream in clip.container.streams:
        name = f"{stream.type} {stream.name or ''}".strip()
        if stream.index == clip.stream.index:
            continue
        if stream.type == "data":
            # With chapters it is their titles, which the new file gets with them.
            notes += [] if clip.container.chapters() else [f"{name} left out"]
            continue
        try:
            streams[stream.index] = added = output.add_stream_from_template(stream)
        except ValueError as error:
            raise ValueError(f"has {name}, which {suffix} cannot hold: choose .mkv") from error
        added.metadata.update(stream.metadata)
        added.disposition = stream.disposition
    return streams, notes


def _packets_of(segments, av):
    for path in segments:
        with av.open(str(path)) as segment:
            yield from (packet for packet in segment.demux() if packet.size)


def _timed(packets, times, stream, tick):
    """Packets in the order of the frames, at the frames' times."""
    last = times[-1] - times[-2] if len(times) > 1 else 1
    durations = [*(after - time for time, after in itertools.pairwise(times)), last]
    for packet, time, duration in zip(packets, times, durations, strict=True):
        packet.stream = stream
        packet.pts = packet.dts = time
        packet.duration, packet.time_base = duration, tick
        yield packet


def _display_matrix(path):
    """How the frames are turned when they are shown, None for not at all."""
    with Clip(path) as clip:
        frame = next(clip.frames())
        for index in range(len(frame.side_data)):
            if frame.side_data[index].type.name == "DISPLAYMATRIX":
                return struct.unpack("<9i", bytes(frame.side_data[index]))
    return None


def _encoder_options(codec, quality):
    options = dict(OPTIONS.get(codec, {}))
    if codec in CONSTANT_RATE:
        # x264's scale: 16, which no eye tells from the frames, at quality 95.
        factor = min(14 + (100 - quality) * 0.4, 51)
        return {**options, "crf": str(round(factor * CONSTANT_RATE[codec] / 51))}
    return {**options, "flags": "+qscale", "global_quality": str(118 * (2 + (100 - quality) // 4))}
