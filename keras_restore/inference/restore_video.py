"""Restoring a clip's file to another file."""

import bisect
import contextlib
import errno
import itertools
import json
import pathlib
import shutil
import statistics

import numpy as np

from keras_restore.complete_path import complete_path
from keras_restore.inference.ahead import ahead
from keras_restore.inference.estimate_sigma import estimate_sigma
from keras_restore.inference.open_predictor import AUTO, open_predictor, predictor_for
from keras_restore.inference.restore import restored_bands
from keras_restore.inference.scenes import SceneCuts
from keras_restore.inference.with_neighbors import with_neighbors
from keras_restore.pictures.array_source import ArraySource
from keras_restore.pictures.picture import Picture
from keras_restore.pictures.video_file import (
    Clip,
    SegmentWriter,
    choose_codec,
    encoded_format,
    import_av,
    join_segments,
)
from keras_restore.pictures.video_pixels import read_frame, written_frame

# What an interruption loses at most: pixels, and frames.
SEGMENT_PIXELS, SEGMENT_FRAMES = 100_000_000, 250


def restore_video(
    source,
    target,
    model,
    tile="auto",
    ensemble=False,
    strength=1.0,
    memory=None,
    color=None,
    upscale=None,
    sigma=None,
    detail=0.0,
    engine="auto",
    precision="float32",
    quality=95,
    preview=None,
    overwrite=False,
    progress=None,
    digest=None,
):
    """Restores the frames of a clip; all else in the file stays as it is.

    Audio, subtitles, chapters, orientation, colour tags and the time of every frame are kept, and
    the codec and the bits of the pixels where the container and the encoder have them. Decoding,
    the network and encoding run at the same time, in the memory of a few frames. Noise is
    estimated once per scene, so that the result does not flicker. A model of several frames sees
    those around each, of its scene, mirrored at the scene's ends. Segments that are done lie in a
    hidden folder beside the result until it is complete, and a run with the same `digest`
    continues there.

    Args:
        source: Path of a clip.
        target: Path of the result; its suffix chooses the container.
        model, tile, ensemble, strength, memory, color, upscale, sigma, detail, engine,
        precision: See
            `keras_restore.restore`.
        quality: Of the encoder, 1 to 100.
        preview: Seconds from the beginning that are restored, None for all.
        overwrite: Whether an existing file is replaced.
        progress: Called with the number of pixels done since the last call.
        digest: Names all that the result follows from, see `Row`; None to begin afresh.

    Returns:
        List of notes: what was found, and what had to be changed, in words.

    Raises:
        ValueError: If the clip cannot be read or restored, or `target` cannot hold it or exists.
        ImportError: If PyAV is not installed.
        OSError: If a file cannot be opened or written.

    Example:

    >>> notes = restore_video("clip.mp4", "restored.mkv", "xdncnn_color_blind", preview=0.1)
    """
    target = pathlib.Path(target)
    if target.exists() and not overwrite:
        raise ValueError(f"{str(target)!r} exists already, and `overwrite` is False.")
    if preview is not None and preview <= 0:
        raise ValueError(f"`preview` must be positive. Received: preview={preview}")
    av = import_av()
    estimates = AUTO in (model, str(sigma)) or (detail and sigma is None)
    options = {"sigma": sigma, "detail": detail, "color": color, "upscale": upscale}
    options |= {"ensemble": ensemble, "strength": strength}
    if model != AUTO:
        model = open_predictor(model, engine, precision)
    reach = 0 if model == AUTO else model.frames // 2
    options |= {"engine": engine, "precision": precision}
    try:
        with Clip(source) as clip:
            codec = choose_codec(clip, target)
            times, scenes, notes = _plan(clip, preview, estimates)
        folder = _segments_folder(target, digest)

        def restore_frame(frame, neighbors, found):
            pixels = read_frame(frame)
            picture = Picture(ArraySource(pixels), pixels.shape[2])
            around = [read_frame(neighbor) for neighbor in neighbors]
            predictor = predictor_for(picture, model, found=found, neighbors=around, **options)
            bands = list(restored_bands(picture, predictor, tile, memory, progress=progress))
            notes.extend(note for note in picture.notes if note not in notes)
            return bands[0] if len(bands) == 1 else np.concatenate(bands)

        with Clip(source) as clip:
            length = max(1, min(SEGMENT_PIXELS // (clip.height * clip.width), SEGMENT_FRAMES))
            segments = [folder / f"{first:08}.mkv" for first in range(0, len(times), length)]
            missing = [not path.exists() for path in segments]
            wanted = _wanted_frames(clip.frames(preview), scenes, length, missing, reach)
            frames = ((frame, restore_frame(frame, *about)) for frame, *about in ahead(wanted))
            with contextlib.closing(ahead(frames)) as frames:
                for path, is_missing in zip(segments, missing, strict=True):
                    if is_missing:
                        part = itertools.islice(frames, length)
                        _write_segment(path, clip, codec, quality, part)
                    elif progress is not None:
                        progress(length * clip.height * clip.width)
            notes += join_segments(segments, times, clip, target, preview)
    except av.FFmpegError as error:
        if error.errno in errno.errorcode:
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise ValueError(f"{error.strerror}") from error
    shutil.rmtree(folder)
    return notes


def _plan(clip, preview, estimates):
    """The frames' times, and the first frame and the noise level of every scene."""
    cuts, times, scenes = SceneCuts(), [], []
    for index, frame in enumerate(clip.frames(preview)):
        times.append(frame.pts)
        if cuts.is_first(frame.to_ndarray(format="gray", threads=1) / np.float32(255)):
            scenes.append((index, []))
        offset = index - scenes[-1][0]
        # The first, second, third, fifth, ninth, ... frame of the scene.
        if estimates and offset & (offset - 1) == 0:
            scenes[-1][1].append(estimate_sigma(np.clip(read_frame(frame), 0, 1)))
    if not times:
        raise ValueError("has no frame that can be decoded")
    scenes = [(first, statistics.median(found) if found else None) for first, found in scenes]
    notes = [f"damaged places: {clip.damaged}"] if clip.damaged else []
    if len(scenes) > 1:
        notes.append(f"{len(scenes)} scenes")
    return times, scenes, notes


def _segments_folder(target, digest):
    """Where finished segments are; empty unless a run with this digest left it."""
    folder = target.with_name(f".{target.name}.segments")
    owner = folder / "digest.json"
    if not (owner.exists() and digest and json.loads(owner.read_text()) == digest):
        shutil.rmtree(folder, ignore_errors=True)
        with complete_path(owner) as partial:
            partial.write_text(json.dumps(digest))
    return folder


def _wanted_frames(frames, scenes, length, missing, reach):
    """The frames of the segments that are missing, their neighbors and the noise of the scene."""
    starts = [first for first, _ in scenes]

    def scene(numbered):
        return bisect.bisect(starts, numbered[0]) - 1

    for number, numbered in itertools.groupby(enumerate(frames), scene):
        for (index, frame), neighbors in with_neighbors(numbered, reach):
            if missing[index // length]:
                yield frame, [neighbor for _, neighbor in neighbors], scenes[number][1]


def _write_segment(path, clip, codec, quality, frames):
    first = next(frames)
    pixel_format = encoded_format(codec, clip)
    with SegmentWriter(path, clip, codec, *first[1].shape[:2], quality) as segment:
        for source, restored in itertools.chain([first], frames):
            segment.write(written_frame(restored, source, pixel_format))
