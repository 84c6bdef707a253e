"""Measures every installed engine on the shipped denoisers.

    python -P benchmarks/engines.py --output=engines.md --peer=ENVIRONMENT/bin/python --photo

Milliseconds per megapixel of a window of 256 x 256 and of 640 x 640 pixels, the fastest of --runs
runs, and the largest difference from Keras in float32 on noise; with --photo also the seconds of a
photo of 12 megapixels, once; with --data the mean PSNR of a folder's images with noise of sigma 25.
Each engine has a process of its own, one after the other. --peer is a Python with `torch` and
`numpy`: the same networks there, of random weights, eager and compiled, the photo in tiles of
1024 x 1024 with the same halo.
"""

import argparse
import json
import subprocess
import sys
import time

import numpy as np

MODELS = ("xdncnn_gray_sigma25", "photo")
ENGINES = (
    ("openvino", "float32"),
    ("litert", "float32"),
    ("keras", "float32"),
    ("saved_model", "float32"),
    ("openvino", "bfloat16"),
)
PEERS = (
    ("torch", "float32"),
    ("torch compiled", "float32"),
    ("torch", "bfloat16"),
)
SIDES = (256, 640)
SIGMA = 25.0
PHOTO = (3000, 4000)
TILE, HALO = 1024, 41


def window(side, channels):
    return np.random.default_rng(side).random((1, side, side, channels), np.float32)


def measure(restore, channels, runs):
    """The milliseconds per megapixel of each side."""
    row = []
    for side in SIDES:
        batch, times = window(side, channels), []
        for _ in range(1 + runs):
            start = time.perf_counter()
            restore(batch)
            times.append(time.perf_counter() - start)
        row.append(1000 * min(times) / (side**2 / 1e6))
    return row


def run(model, engine, precision, runs, photo, data):
    """Speeds, seconds of the photo, the largest difference and the PSNR of one engine."""
    import keras_restore
    from keras_restore.inference import open_predictor

    predictor = open_predictor(model, engine, precision)
    row, seconds = measure(lambda batch: predictor(batch, SIGMA), predictor.channels, runs), None
    if photo:
        image = np.zeros((*PHOTO, predictor.channels)[: 2 + (predictor.channels > 1)], np.uint8)
        start = time.perf_counter()
        keras_restore.restore(image, predictor, sigma=SIGMA if predictor.takes_sigma else None)
        seconds = time.perf_counter() - start
    batch = window(SIDES[0], predictor.channels)
    difference = predictor(batch, SIGMA) - open_predictor(model, "keras")(batch, SIGMA)
    return [*row, seconds, float(np.abs(difference).max()), psnr(predictor, data)]


def psnr(predictor, folder):
    """The mean over a folder's images, None without one."""
    from keras_restore import data, protocols

    if not folder:
        return None
    color = predictor.channels == 3
    protocol = protocols.named("color_sigma25" if color else "gray_sigma25")
    channels = None if color else 1
    images = (
        (path.name, data.to_float(data.read_image(path, channels)))
        for path in data.list_images(folder)
    )
    rows = protocols.evaluate(predictor.told(SIGMA), images, protocol)
    return protocol.summary(rows)["psnr"]


def run_torch(model, engine, precision, runs, photo, data):
    """The same of xDnCNN as PyTorch's users write it; `photo` has a fourth channel for sigma."""
    import torch
    from torch import nn

    class XUnit(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate = nn.Sequential(
                *(nn.BatchNorm2d(64), nn.ReLU(), nn.Conv2d(64, 64, 9, padding=4, groups=64)),
                nn.BatchNorm2d(64),
            )

        def forward(self, x):
            return x * torch.exp(-torch.square(self.gate(x)))

    channels = 3 if model == "photo" else 1
    layers = [nn.Conv2d(channels + (model == "photo"), 64, 3, padding=1), XUnit()]
    for _ in range(7):
        layers += [nn.BatchNorm2d(64), nn.Conv2d(64, 64, 3, padding=1), XUnit()]
    layers.append(nn.Conv2d(64, channels, 3, padding=1))
    network = nn.Sequential(*layers).to(memory_format=torch.channels_last).eval()
    function = torch.compile(network) if engine == "torch compiled" else network

    @torch.inference_mode()
    def restore(batch):
        x = torch.from_numpy(batch).permute(0, 3, 1, 2)
        told = [torch.full_like(x[:, :1], SIGMA / 255)] if model == "photo" else []
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            residual = function(torch.cat([x, *told], 1)).float()
        return (x - residual).permute(0, 2, 3, 1).numpy()

    row, seconds = measure(restore, channels, runs), None
    if photo:
        image = np.zeros((1, *PHOTO, channels), np.float32)
        step = TILE - 2 * HALO
        restore(image[:, :TILE, :TILE])
        start = time.perf_counter()
        for top in range(0, PHOTO[0] - 2 * HALO, step):
            for left in range(0, PHOTO[1] - 2 * HALO, step):
                top, left = min(top, PHOTO[0] - TILE), min(left, PHOTO[1] - TILE)
                restore(np.ascontiguousarray(image[:, top : top + TILE, left : left + TILE]))
        seconds = time.perf_counter() - start
    return [*row, seconds, None, None]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="Markdown file to write; printed otherwise")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--engines", help="comma-separated names, all by default")
    parser.add_argument("--data", help="folder of clean images")
    parser.add_argument("--peer", help="Python of an environment with torch")
    parser.add_argument("--photo", action="store_true", help="a photo of 12 megapixels, too")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        measured = run_torch if args.one[1].startswith("torch") else run
        print(json.dumps(measured(*args.one, args.runs, args.photo, args.data)))
        return
    lines = [
        "| model | engine | precision | 256 x 256 | 640 x 640 | 12 MP, s | difference | PSNR |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|")
    wanted = args.engines.split(",") if args.engines else None
    for model in args.models.split(","):
        for engine, precision in (*ENGINES, *(PEERS if args.peer else ())):
            if wanted and engine not in wanted:
                continue
            python = args.peer if engine.startswith("torch") else sys.executable
            command = [python, "-P", __file__, f"--runs={args.runs}"]
            command += ["--photo"] * args.photo + ([f"--data={args.data}"] if args.data else [])
            command += ["--one", model, engine, precision]
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode:
                cells = (result.stderr.strip().splitlines()[-1], "", "", "", "")
            else:
                *speeds, seconds, difference, quality = json.loads(result.stdout.splitlines()[-1])
                cells = [f"{speed:,.0f}" for speed in speeds]
                cells.append("" if seconds is None else f"{seconds:.1f}")
                cells.append("" if difference is None else f"{difference:.1e}")
                cells.append("" if quality is None else f"{quality:.4f}")
            lines.append(f"| {model} | {engine} | {precision} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    if args.output:
        with open(args.output, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
