"""Measures degradations in images per second beside what else people use.

Command, from an environment with the package:

    python -P benchmarks/degradations.py --peers=/path/to/venv/bin/python

The other environment has what is compared with, and needs not this package:

    pip install numpy opencv-python-headless albumentations==2.0.8 kornia torch deepinv

Every row takes a batch of 16 float32 images of 256 x 256 x 3 and returns one. What works on one
image at a time gets a loop and `numpy.stack`, as a data loader does. Each implementation has a
process of its own, as a data loader's worker has. Each round measures all of them in turn, so that
other load on the machine meets all alike; the table has the fastest time of all rounds. --output
writes it as Markdown. NumPy and OpenCV do a camera's noise as KAIR, SCUNet and BasicSR do, which
are no installable packages: image by image, with their operations.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time

import numpy as np

BATCH, SIZE = 16, 256
SIGMA = 25
TAPS, BLUR_SIGMAS = 13, (0.5, 2.0)
LENGTHS = (7, 15, 31)
BORDERS = {"mirrored": "symmetric", "zero": "zero"}
QUALITY = 10
CALLS = 3


def motion_row(length, border):
    return f"motion blur {length}, {border} border"


MOTION = {motion_row(n, border): (n, border) for border in BORDERS for n in LENGTHS}
GRAIN_TAPS, CORRELATION = 9, 0.5
PEAK, FACTORS, SHOT = 100, (0.5, 1.5), (1e-4, 0.012)
CAMERA = ("Poisson noise", "grain", "random resize", "demosaicking", "camera noise")
ROWS = ("Gaussian noise", "Gaussian blur", *MOTION, "JPEG", *CAMERA)


def images():
    """Smooth pictures with some texture: white noise would favour nobody but be no photo."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    waves = [np.sin(9 * (i % 7) * x + 5 * (i % 5) * y) for i in range(BATCH * 3)]
    waves = np.stack(waves, axis=-1).reshape(SIZE, SIZE, BATCH, 3).transpose(2, 0, 1, 3)
    noise = random.normal(0, 0.03, waves.shape)
    return np.clip(0.5 + 0.35 * waves + noise, 0, 1).astype(np.float32)


def ours(batch):
    import tensorflow as tf

    from keras_restore import degradations as own

    batch = tf.constant(batch)
    seeds = iter(range(10**9))

    def graph(degradation):
        function = tf.function(lambda clean, seed: degradation(clean, seed), autograph=False)
        return lambda: function(batch, tf.constant([0, next(seeds)]))

    degradations = {
        "Gaussian noise": own.GaussianNoise(SIGMA),
        "Gaussian blur": own.GaussianBlur(BLUR_SIGMAS, TAPS),
        "JPEG": own.Jpeg(QUALITY),
        "Poisson noise": own.PoissonNoise(PEAK),
        "grain": own.CorrelatedNoise(SIGMA, CORRELATION),
        "random resize": own.Resize(FACTORS),
        "demosaicking": own.Demosaic("bilinear"),
        "camera noise": own.CameraNoise(SHOT),
    }
    for row, (length, border) in MOTION.items():
        degradations[row] = own.MotionBlur(length, border=BORDERS[border])
    return {(row, "keras_restore"): graph(d) for row, d in degradations.items()}


def numpy_and_opencv(batch):
    import cv2

    random = np.random.default_rng(0)
    levels = (batch * 255).astype(np.uint8)

    def noise(image):
        return image + random.normal(0, SIGMA / 255, image.shape).astype(np.float32)

    def gaussian(image):
        return cv2.GaussianBlur(image, (TAPS, TAPS), random.uniform(*BLUR_SIGMAS))

    def gaussian_2d(image):
        taps = cv2.getGaussianKernel(TAPS, random.uniform(*BLUR_SIGMAS))
        return cv2.filter2D(image, -1, taps @ taps.T)

    def motion(length, border):
        def blur(image):
            kernel = np.zeros((length, length), np.float32)
            kernel[length // 2] = 1 / length
            center = (length // 2, length // 2)
            turn = cv2.getRotationMatrix2D(center, random.uniform(0, 180), 1)
            kernel = cv2.warpAffine(kernel, turn, (length, length))
            return cv2.filter2D(image, -1, kernel, borderType=border)

        return blur

    def jpeg(image):
        file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        return cv2.imdecode(file, cv2.IMREAD_COLOR).astype(np.float32) / 255

    def poisson(image):
        return random.poisson(image * PEAK).astype(np.float32) / PEAK

    def grain(image):
        taps = (0.27 ** abs(np.arange(GRAIN_TAPS) - GRAIN_TAPS // 2)).astype(np.float32)
        taps /= np.sqrt((taps**2).sum())
        noise = random.normal(0, SIGMA / 255, image.shape).astype(np.float32)
        return image + cv2.sepFilter2D(noise, -1, taps, taps)

    def resize(image):
        ways = cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA
        side = round(SIZE * np.exp(random.uniform(*np.log(FACTORS))))
        there = cv2.resize(image, (side, side), interpolation=random.choice(ways))
        return cv2.resize(there, (SIZE, SIZE), interpolation=random.choice(ways))

    def mosaic(image):
        raw = np.empty((SIZE, SIZE), np.float32)
        raw[::2, ::2], raw[1::2, 1::2] = image[::2, ::2, 0], image[1::2, 1::2, 2]
        raw[::2, 1::2], raw[1::2, ::2] = image[::2, 1::2, 1], image[1::2, ::2, 1]
        return raw

    def demosaic(raw):
        levels = np.rint(raw.clip(0, 1) * 65535).astype(np.uint16)
        return cv2.cvtColor(levels, cv2.COLOR_BayerBG2RGB).astype(np.float32) / 65535

    def camera(image):
        gains = np.float32([random.uniform(1.9, 2.4), 1, random.uniform(1.5, 1.9)])
        gains /= random.normal(0.8, 0.1)
        matrix = np.float32([[0.6, 0.3, 0.1], [0.15, 0.75, 0.1], [0.05, 0.3, 0.65]])
        shot = np.exp(random.uniform(*np.log(SHOT)))
        read = np.exp(2.18 * np.log(shot) + 1.2 + random.normal(0, 0.26))
        linear = 0.5 - np.sin(np.arcsin(1 - 2 * image.clip(0, 1)) / 3)
        raw = mosaic(linear.clip(1e-8) ** 2.2 @ matrix.T / gains)
        raw += random.normal(0, 1, raw.shape).astype(np.float32) * np.sqrt(raw * shot + read)
        linear = (demosaic(raw) * gains) @ np.linalg.inv(matrix).T
        image = linear.clip(1e-8, 1) ** (1 / 2.2)
        return 3 * image**2 - 2 * image**3

    def loop(function, source=batch):
        return lambda: np.stack([function(image) for image in source])

    borders = {"mirrored": cv2.BORDER_REFLECT, "zero": cv2.BORDER_CONSTANT}
    return {
        ("Gaussian noise", "NumPy"): loop(noise),
        ("Gaussian blur", "OpenCV GaussianBlur"): loop(gaussian),
        ("Gaussian blur", "OpenCV filter2D"): loop(gaussian_2d),
        ("JPEG", "OpenCV (libjpeg-turbo)"): loop(jpeg, levels),
        ("Poisson noise", "NumPy"): loop(poisson, batch.clip(0, 1)),
        ("grain", "NumPy, OpenCV sepFilter2D"): loop(grain),
        ("random resize", "OpenCV resize"): loop(resize),
        ("demosaicking", "OpenCV cvtColor, 16 bits"): loop(lambda image: demosaic(mosaic(image))),
        ("camera noise", "NumPy and OpenCV"): loop(camera),
    } | {
        (row, "OpenCV filter2D"): loop(motion(length, borders[border]))
        for row, (length, border) in MOTION.items()
    }


def albumentations(batch):
    import albumentations as library

    levels = SIGMA / 255
    transforms = {
        "Gaussian noise": library.GaussNoise(std_range=(levels, levels), p=1),
        "Gaussian blur": library.GaussianBlur((TAPS, TAPS), BLUR_SIGMAS, p=1),
        "JPEG": library.ImageCompression(quality_range=(QUALITY, QUALITY), p=1),
    }
    for length in LENGTHS:  # its border is mirrored, without a choice
        row = motion_row(length, "mirrored")
        transforms[row] = library.MotionBlur((length, length), p=1)

    def loop(transform):
        return lambda: np.stack([transform(image=image)["image"] for image in batch])

    return {(row, "albumentations"): loop(t) for row, t in transforms.items()}


def kornia(batch):
    import torch
    from kornia import augmentation

    batch = torch.from_numpy(batch).permute(0, 3, 1, 2).contiguous()

    borders = {"mirrored": "reflect", "zero": "constant"}
    transforms = {
        "Gaussian noise": augmentation.RandomGaussianNoise(0.0, SIGMA / 255, p=1.0),
        "Gaussian blur": augmentation.RandomGaussianBlur((TAPS, TAPS), BLUR_SIGMAS, p=1.0),
        "JPEG": augmentation.RandomJPEG((float(QUALITY), float(QUALITY)), p=1.0),
    }
    for row, (length, border) in MOTION.items():
        transforms[row] = augmentation.RandomMotionBlur(
            length, (0.0, 180.0), (0.0, 0.0), borders[border], p=1.0
        )
    return {(row, "kornia"): lambda t=t: t(batch) for row, t in transforms.items()}


def deepinv(batch):
    import torch
    from deepinv import physics

    batch = torch.from_numpy(batch).permute(0, 3, 1, 2).contiguous()
    noises = {
        "Gaussian noise": physics.GaussianNoise(SIGMA / 255),
        "Poisson noise": physics.PoissonNoise(1 / PEAK),
    }
    return {(row, "deepinv"): lambda noise=noise: noise(batch) for row, noise in noises.items()}


IMPLEMENTATIONS = (ours, numpy_and_opencv, albumentations, kornia, deepinv)


def serve(make):
    """Answers each line on standard input with one round of times in seconds."""
    calls = make(images())
    for call in calls.values():
        call()
    print("versions " + json.dumps(_versions()), flush=True)
    for _ in sys.stdin:
        times = []
        for (row, name), call in calls.items():
            measured = [_seconds(call) for _ in range(CALLS)]
            times.append([row, name, *(min(column) for column in zip(*measured, strict=True))])
        print("times " + json.dumps(times), flush=True)


def compare(peers_python, rounds):
    """Runs all implementations in turn, and returns the fastest times and the versions."""
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    servers = []
    for make in IMPLEMENTATIONS:
        python = sys.executable if make is ours else peers_python
        command = [python, "-P", __file__, f"--serve={make.__name__}"]
        servers.append(subprocess.Popen(command, **pipe))
    versions, fastest = {}, {}
    for server in servers:
        versions.update(_answer(server, "versions "))
    for _ in range(rounds):
        for server in servers:
            server.stdin.write("\n")
            server.stdin.flush()
            for row, name, *seconds in _answer(server, "times "):
                before = fastest.get((row, name), seconds)
                fastest[row, name] = [min(pair) for pair in zip(seconds, before, strict=True)]
    for server in servers:
        server.stdin.close()
        server.wait()
    return fastest, versions


def _answer(server, prefix):
    for line in server.stdout:
        if line.startswith(prefix):
            return json.loads(line.removeprefix(prefix))
    raise SystemExit(f"{' '.join(server.args)} has ended: see its error above.")


def table(fastest, versions, rounds):
    lines = [
        f"`python -P benchmarks/degradations.py`: {BATCH} x {SIZE} x {SIZE} x 3, float32, "
        f"{_cores()} cores, fastest of {CALLS * rounds} calls. "
        + ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
        + ".",
        "",
        "| degradation | implementation | ms per batch | images/s | ours is faster by "
        "| processor ms | ours takes less by |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        own = fastest[row, "keras_restore"]
        for (of, name), (wall, processor) in sorted(fastest.items(), key=lambda item: item[1]):
            if of == row:
                ratios = [f"{wall / own[0]:.2f}", f"{processor / own[1]:.2f}"]
                if name == "keras_restore":
                    name, ratios = f"**{name}**", ["-", "-"]
                lines.append(
                    f"| {row} | {name} | {wall * 1e3:.1f} | {BATCH / wall:,.0f} | {ratios[0]} "
                    f"| {processor * 1e3:.1f} | {ratios[1]} |"
                )
    return "\n".join(lines) + "\n"


def _seconds(call):
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _versions():
    from importlib import metadata

    names = ("tensorflow", "opencv-python-headless", "albumentations", "kornia", "torch", "deepinv")
    found = {"Python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default=sys.executable, help="Python with the other packages")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--output", help="Markdown file to write")
    names = {make.__name__: make for make in IMPLEMENTATIONS}
    parser.add_argument("--serve", choices=names, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(names[args.serve])
        return
    text = table(*compare(args.peers, args.rounds), args.rounds)
    print(text)
    if args.output:
        with open(args.output, "w") as file:
            file.write("# Degradations: speed\n\n" + text)


if __name__ == "__main__":
    main()
