"""`keras-restore pipe`: raw frames from standard input to standard output, between two ffmpegs."""

import argparse
import itertools
import operator
import re
import sys

import numpy as np

from keras_restore.commands.restore_command import add_options, model_of, options_of

# Channels and type by FFmpeg's names.
PIXELS = {
    **{"gray": (1, "u1"), "rgb24": (3, "u1")},
    **{"gray16le": (1, "<u2"), "rgb48le": (3, "<u2")},
}


def add_arguments(parser):
    add = parser.add_argument
    add("--size", type=_size, required=True, help="width x height of the frames, such as 1920x1080")
    add("--pixels", choices=PIXELS, default="rgb24", help="as ffmpeg's -pix_fmt (default rgb24)")
    add_options(add)


def run(args):
    from keras_restore.inference.ahead import ahead

    options, model = options_of(args), model_of(args)
    frames = _read_frames(sys.stdin.buffer, *args.size, *PIXELS[args.pixels])
    for frame in ahead(_restored(ahead(frames), model, **options)):
        sys.stdout.buffer.write(frame.tobytes())
    sys.stdout.buffer.flush()


def _read_frames(stream, width, height, channels, dtype):
    size = width * height * channels * np.dtype(dtype).itemsize
    count = 0
    while content := stream.read(size):
        if len(content) < size:
            raise ValueError(
                f"`size` and `pixels` must be those of the frames: after {count} of {size} bytes, "
                f"{len(content)} bytes are left"
            )
        count += 1
        yield np.frombuffer(content, dtype).reshape(height, width, channels)


def _restored(frames, model, tile, memory, sigma, detail, **options):
    from keras_restore.inference.estimate_sigma import estimate_sigma
    from keras_restore.inference.open_predictor import AUTO, predictor_for
    from keras_restore.inference.restore import restored_bands
    from keras_restore.inference.scenes import SceneCuts
    from keras_restore.inference.with_neighbors import with_neighbors
    from keras_restore.ops import to_float
    from keras_restore.pictures.array_source import ArraySource
    from keras_restore.pictures.picture import Picture

    estimates = AUTO in (model, sigma) or (detail and sigma is None)
    reach = 0 if model == AUTO else model.frames // 2
    cuts = SceneCuts()

    def numbered():
        scene = 0
        for pixels in frames:
            if estimates or reach:
                scene += cuts.is_first(to_float(pixels).mean(axis=-1))
            yield scene, pixels

    for _, scene in itertools.groupby(numbered(), operator.itemgetter(0)):
        found = None
        for (_, pixels), around in with_neighbors(scene, reach):
            if estimates and found is None:
                found = estimate_sigma(pixels)
            neighbors = [to_float(neighbor) for _, neighbor in around]
            picture = Picture(ArraySource(pixels), pixels.shape[2])
            predictor = predictor_for(
                picture, model, sigma, detail, found, neighbors=neighbors, **options
            )
            yield np.concatenate(list(restored_bands(picture, predictor, tile, memory)))


def _size(text):
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", text)
    if not match:
        raise argparse.ArgumentTypeError("must be width x height, such as 1920x1080")
    return int(match[1]), int(match[2])
