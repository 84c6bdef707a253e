"""How much memory and time exact tiling takes.

    python -P benchmarks/tiling.py                     # 24 MP photo, and the largest whole picture
    python -P benchmarks/tiling.py --case=tiff         # a 100 MP TIFF file to a TIFF file
    python -P benchmarks/tiling.py --bands=1           # the first row of tiles only

The largest whole picture is found by trying: each size runs in a process of its own, doubled until
one dies (TensorFlow crashes, or memory ends) or would need more than what is free, then halved in
between. The other measurements run in processes of their own, too. "Idle" is the process with
TensorFlow imported and the model run once on a small picture; the peak is the kernel's high-water
mark of the resident memory after that (Linux). Seconds are given by the clock, and as processor
time for machines that do other work at the same time. Weights are random: they do not matter here.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

MEGA = 1e6
# Megapixels that the search begins with, the step (a share) that ends it, and where it gives up.
FIRST_WHOLE = 1.5
WHOLE_STEP = 0.3
SMALLEST_WHOLE = 0.1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--case", choices=("photo", "tiff"), default="photo")
    add("--model", default="xdncnn", help="builder of keras_restore.models")
    add("--memory", default="1.5G", help="budget of the tiled run")
    add("--photo_megapixels", type=float, default=24.0)
    add("--whole_megapixels", type=float, help="size of the whole picture; default: search for it")
    add("--whole_seconds", type=float, default=600, help="how long to search for it")
    add("--tiff_megapixels", type=float, default=100.0)
    add("--bands", type=int, help="stop after so many rows of tiles")
    add("--out", help="JSON file of the results")
    add("--measure", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(MEASUREMENTS[args.measure](args)))
        return
    names = ("photo", "whole") if args.case == "photo" else ("tiff",)
    results = {}
    for name in names:
        search = name == "whole" and args.whole_megapixels is None
        results[name] = _largest_whole(args) if search else _in_process(name)
        print(name, json.dumps(results[name]), flush=True)
    if args.case == "photo":
        for unit in ("second", "cpu_second"):
            key = f"megapixels_per_{unit}"
            ratio = results["photo"][key] / results["whole"][key]
            results[f"ratio_{unit}"] = round(ratio, 3)
            print(f"tiled / whole, megapixels per {unit.replace('_', ' ')}: {ratio:.3f}")
    if args.out:
        pathlib.Path(args.out).write_text(json.dumps(results, indent=2) + "\n")


def _in_process(name, *flags, timeout=None):
    # Not this folder on the path: TensorFlow looks for modules named as benchmarks are.
    command = [sys.executable, "-P", *sys.argv, f"--measure={name}", *flags]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=timeout)
    return json.loads(done.stdout.splitlines()[-1])


def _largest_whole(args):
    """Measures the largest picture that goes through at once; a process that dies does not fit."""
    end = time.monotonic() + args.whole_seconds
    size, smallest_failed, best = min(FIRST_WHOLE, args.photo_megapixels), None, None
    while size > SMALLEST_WHOLE and time.monotonic() < end:
        try:
            flags = f"--whole_megapixels={size}"
            best = _in_process("whole", flags, timeout=end - time.monotonic())
            best["megapixels"] = size
        except subprocess.CalledProcessError as error:
            smallest_failed = size
            print(f"whole, {size:g} megapixels: exit status {error.returncode}", flush=True)
        except subprocess.TimeoutExpired:
            print(f"whole, {size:g} megapixels: no time left", flush=True)
            break
        fits = best["megapixels"] if best else 0.0
        if smallest_failed is None:
            if fits >= args.photo_megapixels:
                break
            size = min(2 * fits, args.photo_megapixels)
        elif smallest_failed - fits <= WHOLE_STEP * smallest_failed:
            break
        else:
            size = (fits + smallest_failed) / 2
    if best is None:
        raise SystemExit("No whole picture went through: give --whole_megapixels.")
    return best | {"failed_megapixels": smallest_failed}


def measure_photo(args):
    """A gray photo, in memory, tiled."""
    height, width = _sides(args.photo_megapixels, 2 / 3)
    photo = _photo(height, width)
    return _run(args, photo, args.memory)


def measure_whole(args):
    """A picture at once. Where memory would not suffice, it fails before others suffer."""
    from keras_restore.inference.memory import free_memory

    with contextlib.suppress(OSError):
        # If memory ends after all, this is the process to die.
        pathlib.Path("/proc/self/oom_score_adj").write_text("1000")
    predictor = _predictor(args)
    needed = args.whole_megapixels * MEGA * predictor.bytes_per_pixel
    if needed > free_memory():
        raise SystemExit(f"{needed / 1e9:.1f} GB needed, {free_memory() / 1e9:.1f} GB free")
    return _run(args, _photo(*_sides(args.whole_megapixels, 2 / 3)), None, predictor)


def measure_tiff(args):
    """A TIFF file of 8 bits gray, written in strips, to another, by the file's engine."""
    from keras_restore.inference import restore_file
    from keras_restore.pictures.tiff_writer import TiffWriter

    predictor = _predictor(args)
    height, width = _sides(args.tiff_megapixels, 1.0)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with TiffWriter(folder / "in.tif", height, width, 1, np.uint8) as file:
            rows = _photo(256, width)
            for top in range(0, height, 256):
                file.write(rows[: height - top])
        with _measured() as result:
            restore_file(folder / "in.tif", folder / "out.tif", predictor, memory=args.memory)
        result["bytes_written"] = (folder / "out.tif").stat().st_size
    return _finish(result, height, width, height * width, args.memory, None)


def _run(args, photo, memory, predictor=None):
    from keras_restore.inference.memory import most_pixels, parse_bytes
    from keras_restore.inference.tiling import choose_tile_size, restore_rows
    from keras_restore.pictures.array_source import ArraySource

    predictor = predictor or _predictor(args)
    source = ArraySource(photo)
    height, width = photo.shape[:2]
    options = {"tile": max(height, width)}
    if memory is not None:
        options = {"most_pixels": most_pixels(predictor, source, parse_bytes(memory))}
    size = choose_tile_size(height, width, predictor, **options)
    rows_done = 0
    with _measured() as result:
        for i, band in enumerate(restore_rows(source, predictor, np.uint8, **options), start=1):
            rows_done += len(band)
            if i == args.bands:
                break
    return _finish(result, height, width, rows_done * width, memory, size)


def _finish(result, height, width, pixels, memory, size):
    result |= {"height": height, "width": width, "memory": memory, "pixels_done": pixels}
    if size is not None:
        result["tile"] = [size.height, size.width]
    for unit in ("second", "cpu_second"):
        speed = pixels / MEGA / result[f"{unit}s"]
        result[f"megapixels_per_{unit}"] = round(speed, 4)
    return result


@contextlib.contextmanager
def _measured():
    result = {}
    idle = _status("VmRSS")
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    start, cpu_start = time.perf_counter(), time.process_time()
    yield result
    result["seconds"] = round(time.perf_counter() - start, 2)
    result["cpu_seconds"] = round(time.process_time() - cpu_start, 2)
    result["idle_megabytes"] = round(idle / MEGA)
    result["peak_above_idle_megabytes"] = round((_status("VmHWM") - idle) / MEGA)


def _predictor(args):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from keras_restore import models
    from keras_restore.inference import open_predictor

    predictor = open_predictor(getattr(models, args.model)())
    predictor(np.zeros((1, 64, 64, predictor.channels), np.float32))
    return predictor


def _photo(height, width):
    """A gray photo of scikit-image, repeated, with noise."""
    from skimage import data

    photo = data.camera()
    rows = np.arange(height) % photo.shape[0]
    columns = np.arange(width) % photo.shape[1]
    noise = np.random.default_rng(0).integers(-40, 41, (64, width), np.int16)
    photo = photo[np.ix_(rows, columns)]
    for top in range(0, height, 64):
        part = photo[top : top + 64]
        photo[top : top + 64] = np.clip(part + noise[: len(part)], 0, 255)
    return photo[..., None]


def _sides(megapixels, ratio):
    width = round((megapixels * MEGA / ratio) ** 0.5)
    return round(megapixels * MEGA / width), width


def _status(key):
    text = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(rf"{key}:\s+(\d+)", text)[1]) * 1024


MEASUREMENTS = {"photo": measure_photo, "whole": measure_whole, "tiff": measure_tiff}

if __name__ == "__main__":
    main()
