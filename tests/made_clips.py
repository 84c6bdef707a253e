"""Small clips, made by PyAV."""

import fractions

import numpy as np
from made_pictures import picture

AUDIO_RATE = 48000


def frames(count, height=48, width=64, seed=0):
    """Pans over a picture, uint8 RGB."""
    whole = picture(height + count, width + count, 3, seed=seed)
    return [whole[i : i + height, i : i + width] for i in range(count)]


def write_clip(
    path,
    pictures,
    codec="libx264",
    pixels="yuv420p",
    times=None,
    audio=True,
    rotation=0,
    colors=(1, 1, 1, 1),
    chapters=(),
    options=None,
):
    """Writes RGB pictures, shown at `times` in milliseconds, with a tone."""
    import av

    tick = fractions.Fraction(1, 1000)
    times = range(0, 40 * len(pictures), 40) if times is None else times
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, 25, options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.time_base = stream.time_base = tick
        tags = ("color_primaries", "color_trc", "colorspace", "color_range")
        for tag, value in zip(tags, colors, strict=True):
            setattr(stream, tag, value)
        if rotation:
            stream.set_display_rotation(rotation)
        if audio:
            tone = output.add_stream("aac" if str(path)[-4:] != "webm" else "libopus", AUDIO_RATE)
        output.metadata["title"] = "a clip"
        output.set_chapters(list(chapters))
        for array, time in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(array), format="rgb24")
            frame = frame.reformat(
                format=pixels, dst_colorspace="ITU709" if colors[2] == 1 else None, threads=1
            )
            frame.pts, frame.time_base = time, tick
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
        for start in range(0, int(times[-1] / 1000 * AUDIO_RATE) if audio else 0, 1024):
            wave = np.float32(np.sin(0.05 * np.arange(start, start + 1024)))[None]
            frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = AUDIO_RATE, start
            frame.time_base = fractions.Fraction(1, AUDIO_RATE)
            output.mux(tone.encode(frame))
        if audio:
            output.mux(tone.encode())


def read_clip(path):
    """The decoded frames of a clip."""
    import av

    with av.open(str(path)) as clip:
        return list(clip.decode(video=0))


def packets(path, kind):
    """The contents and times of the packets of a kind of stream."""
    import av

    with av.open(str(path)) as clip:
        stream = getattr(clip.streams, kind)[0]
        return [(bytes(packet), packet.pts) for packet in clip.demux(stream) if packet.size]
