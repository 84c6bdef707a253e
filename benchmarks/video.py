"""Clips: speed and PSNR beside ffmpeg's own denoisers, flicker, and the memory of a 4K clip.

    python -P benchmarks/video.py                      # speed and PSNR
    python -P benchmarks/video.py --case=flicker
    python -P benchmarks/video.py --case=memory

The clips are made: 320 x 240 pixels that pan over a photo (`coffee` of scikit-image), or that
stand still, with white noise, rounded to 8 bits, 4:4:4 RGB, without a loss (FFV1). PSNR is that of
RGB frames against those before the noise, over the whole clip. Speed is decoding, denoising and
writing from start to end, without the imports and the first tracing of the network. ffmpeg is that
of `pip install imageio-ffmpeg`.
"""

import argparse
import fractions
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import av
import numpy as np

HEIGHT, WIDTH = 240, 320
FILTERS = ("hqdn3d", "hqdn3d=12", "hqdn3d=20", "nlmeans=s=10", "nlmeans=s=20:p=7:r=11")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--case", choices=("speed", "flicker", "memory"), default="speed")
    add("--models", nargs="+", default=["xdncnn_color_blind", "photo"])
    add("--frames", type=int, default=24)
    add("--sigma", type=float, default=20.0)
    add("--measure", help=argparse.SUPPRESS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if args.measure:
            print(json.dumps(peak_memory(folder, int(args.measure))))
            return
        for row in {"speed": speed, "flicker": flicker, "memory": memory}[args.case](folder, args):
            print(json.dumps(row), flush=True)


def clean_frames(count, step):
    from skimage.data import coffee

    photo = coffee()[:, :]
    return [photo[20 + step * i // 2 :][:HEIGHT, 100 + step * i :][:, :WIDTH] for i in range(count)]


def write(path, frames):
    with av.open(str(path), "w") as output:
        stream = output.add_stream("ffv1", 25)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "bgr0"
        for index, frame in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            frame.pts, frame.time_base = index, fractions.Fraction(1, 25)
            output.mux(stream.encode(frame.reformat(format="bgr0")))
        output.mux(stream.encode())


def read(path):
    with av.open(str(path)) as clip:
        return [frame.to_ndarray(format="rgb24").astype(float) for frame in clip.decode(video=0)]


def noisy_clip(path, clean, sigma):
    rng = np.random.default_rng(0)
    noisy = [np.clip(np.rint(frame + rng.normal(0, sigma, frame.shape)), 0, 255) for frame in clean]
    write(path, [np.uint8(frame) for frame in noisy])


def psnr(frames, clean):
    error = np.mean([(f - c.astype(float)) ** 2 for f, c in zip(frames, clean, strict=True)])
    return round(float(10 * np.log10(255**2 / error)), 2)


def filtered(source, target, filter_):
    """Runs one of ffmpeg's filters, which take 4:4:4 YUV, on two threads; seconds."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-threads", "2"]
    command += ["-i", source, "-vf", f"format=yuv444p,{filter_}", "-c:v", "ffv1", target]
    start = time.monotonic()
    subprocess.run(list(map(str, command)), check=True)
    return time.monotonic() - start


def speed(folder, args):
    from keras_restore.inference import open_predictor, restore_video

    clean = clean_frames(args.frames, step=4)
    noisy_clip(folder / "noisy.mkv", clean, args.sigma)
    yield {"denoiser": "none", "psnr": psnr(read(folder / "noisy.mkv"), clean)}
    for filter_ in FILTERS:
        seconds = filtered(folder / "noisy.mkv", folder / "filtered.mkv", filter_)
        frames = read(folder / "filtered.mkv")
        fps = round(len(frames) / seconds, 1)
        yield {"denoiser": filter_, "psnr": psnr(frames, clean), "fps": fps}
    for model in args.models:
        sigma = "auto" if open_predictor(model).takes_sigma else None
        given = (folder / "noisy.mkv", folder / "out.mkv", model)
        restore_video(*given, sigma=sigma, preview=0.08, overwrite=True)
        start = time.monotonic()
        notes = restore_video(*given, sigma=sigma, overwrite=True)
        seconds = time.monotonic() - start
        frames = read(folder / "out.mkv")
        row = {"denoiser": model, "psnr": psnr(frames, clean), "notes": notes}
        yield {**row, "fps": round(len(frames) / seconds, 2)}


def flicker(folder, args):
    """Mean absolute difference of consecutive frames where nothing moves, in grey levels."""
    from keras_restore.inference import open_predictor, restore, restore_video

    clean = clean_frames(args.frames, step=0)
    noisy_clip(folder / "noisy.mkv", clean, args.sigma)
    noisy = read(folder / "noisy.mkv")
    yield {"clip": "noisy", **_flicker(noisy)}
    for model in args.models:
        sigma = "auto" if open_predictor(model).takes_sigma else None
        restore_video(folder / "noisy.mkv", folder / "out.mkv", model, sigma=sigma, overwrite=True)
        yield {"clip": f"{model}, sigma per scene", **_flicker(read(folder / "out.mkv"))}
        if sigma:
            frames = [restore(np.uint8(frame), model, sigma=sigma) for frame in noisy]
            yield {"clip": f"{model}, sigma per frame", **_flicker(np.float64(frames))}


def _flicker(frames):
    difference = np.mean(np.abs(np.diff(frames, axis=0)))
    texture = np.std([np.abs(np.diff(frame, axis=1)).mean() for frame in frames])
    return {"difference": round(float(difference), 3), "texture's": round(float(texture), 4)}


def memory(folder, args):
    """The peak above idle of clips of 3840 x 2160 of several lengths, each in a process."""
    for count in (2, 8, 16):
        command = [sys.executable, "-P", __file__, "--case=memory", f"--measure={count}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        yield json.loads(done.stdout.splitlines()[-1])


def peak_memory(folder, count):
    from keras_restore import models
    from keras_restore.inference import open_predictor, restore, restore_video

    network = open_predictor(models.xnet(3, depth=2, filters=8, kernel_size=3))
    frame = np.random.default_rng(0).integers(0, 256, (2160, 3840, 3), np.uint8)
    write(folder / "in.mkv", [np.roll(frame, 16 * i, axis=1) for i in range(count)])
    del frame
    restore(np.zeros((64, 64, 3), np.uint8), network)
    idle = _status("VmRSS")
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    start = time.monotonic()
    restore_video(folder / "in.mkv", folder / "out.mkv", network, memory="500M")
    seconds = round(time.monotonic() - start, 1)
    return {"frames": count, "peak above idle MB": _status("VmHWM") - idle, "seconds": seconds}


def _status(field):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) // 1024
    return None


if __name__ == "__main__":
    main()
