"""Measures training steps: ours, the way Keras does them, and PyTorch's, in one run.

Command, from an environment with the package:

    python -P benchmarks/training.py --peer=/path/to/venv/bin/python --output=steps.md

The other environment needs `torch` and `numpy` alone; without --peer its columns are left out.

A step is forward, backward and Adam on a batch of 32 patches of 40 x 40 gray pixels. "before" is
the same network with Keras' own gradients and batch normalization, as the package trained up to
November 2026. Each row has a process of its own, one after the other, in --rounds rounds, so that
other load on the machine meets all alike; the table has the fastest step of all rounds. PyTorch
runs channels-last, in bfloat16 under autocast. --operations lists what ours spends its time on.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

BATCH, SIZE = 32, 40
STEPS, WARM_UP = 12, 3
NETWORKS = ("xdncnn", "dncnn", "red10", "xsrcnn_f")
PRECISIONS = ("float32", "bfloat16")
OURS = ("before", "ours")


def keras_step(network, precision, implementation):
    """Returns a function that takes one step."""
    import keras
    import numpy as np
    import tensorflow as tf

    from keras_restore import layers, models

    if implementation == "before":
        layers.BatchNormalization.call = keras.layers.BatchNormalization.call
        layers.XUnit._fast_depthwise = lambda self, inputs: self.depthwise(inputs)
    keras.config.set_dtype_policy("float32" if precision == "float32" else "mixed_bfloat16")
    model = getattr(models, network)()
    model.compile(keras.optimizers.Adam(1e-4), "mse", jit_compile=False)
    images = np.random.default_rng(0).random((BATCH, SIZE, SIZE, 1), np.float32)
    batch = tf.data.Dataset.from_tensors((images, images)).repeat()
    iterator = iter(batch)
    model.make_train_function()

    def step():
        float(model.train_function(iterator)["loss"])

    return step


def torch_step(network, precision):
    """The same network in PyTorch, as its users would write it."""
    import torch
    from torch import nn

    class XUnit(nn.Module):
        def __init__(self, channels, size):
            super().__init__()
            self.gate = nn.Sequential(
                nn.BatchNorm2d(channels),
                nn.ReLU(),
                nn.Conv2d(channels, channels, size, padding=size // 2, groups=channels),
                nn.BatchNorm2d(channels),
            )

        def forward(self, x):
            return x * torch.exp(-torch.square(self.gate(x)))

    class Residual(nn.Module):
        def __init__(self, body):
            super().__init__()
            self.body = body

        def forward(self, x):
            return x - self.body(x)

    def conv(inputs, outputs, size=3):
        return nn.Conv2d(inputs, outputs, size, padding=size // 2)

    if network == "xdncnn":
        cells = [conv(1, 64), XUnit(64, 9)]
        for _ in range(7):
            cells += [nn.BatchNorm2d(64), conv(64, 64), XUnit(64, 9)]
        body = [*cells, conv(64, 1)]
    elif network == "dncnn":
        body = [conv(1, 64), nn.ReLU()]
        for _ in range(15):
            body += [conv(64, 64), nn.BatchNorm2d(64), nn.ReLU()]
        body.append(conv(64, 1))
    elif network == "red10":
        body = [conv(1, 64), nn.ReLU()]
        for _ in range(4):
            body += [conv(64, 64), nn.ReLU()]
        for _ in range(4):
            body += [nn.ConvTranspose2d(64, 64, 3, padding=1), nn.ReLU()]
        body.append(nn.ConvTranspose2d(64, 1, 3, padding=1))
    else:
        body = [conv(1, 64, 9), XUnit(64, 9), conv(64, 32, 3), XUnit(32, 9), conv(32, 1, 5)]
    model = Residual(nn.Sequential(*body)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), 1e-4)
    images = torch.rand(BATCH, 1, SIZE, SIZE).to(memory_format=torch.channels_last)

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            restored = model(images)
        loss = nn.functional.mse_loss(restored.float(), images)
        loss.backward()
        optimizer.step()
        float(loss)

    return step


def measure(step):
    """Milliseconds of the fastest step, and the process's peak memory in MB."""
    seconds = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ms": 1e3 * min(seconds[WARM_UP:]), "mb": peak}


def operations(step):
    """Processor milliseconds per step by operation, from TensorFlow's profiler."""
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    for _ in range(WARM_UP):
        step()
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            for _ in range(WARM_UP):
                step()
        (file,) = pathlib.Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace.FromString(file.read_bytes())
    totals = {}
    for plane in space.planes:
        if plane.name != "/host:CPU":
            continue
        for event in (event for line in plane.lines for event in line.events):
            _, colon, kind = plane.event_metadata[event.metadata_id].name.rpartition(":")
            if colon and (hasattr(tf.raw_ops, kind) or kind.startswith("_Mkl")):
                totals[kind] = totals.get(kind, 0.0) + event.duration_ps / 1e9 / WARM_UP
    return dict(sorted(totals.items(), key=lambda item: -item[1]))


def peak_gflops():
    """What a large float32 matrix product reaches on this machine, in GFLOP/s."""
    import numpy as np

    a = np.random.default_rng(0).random((2048, 2048), np.float32)
    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        a @ a
        seconds.append(time.perf_counter() - start)
    return 2 * 2048**3 / min(seconds) / 1e9


def model_gflop(network):
    """Floating-point operations of a step: forward, and twice that for both gradients."""
    from keras_restore import models

    weights = sum(
        int(w.shape[0] * w.shape[1] * w.shape[2] * w.shape[3])
        for w in getattr(models, network)().weights
        if len(w.shape) == 4
    )
    return 3 * 2 * weights * BATCH * SIZE * SIZE / 1e9


def child(arguments):
    if arguments.child == "peak":
        result = {
            "gflops": peak_gflops(),
            "gflop": {network: model_gflop(network) for network in NETWORKS},
        }
    elif arguments.child == "operations":
        step = keras_step(arguments.network, arguments.precision, "ours")
        result = operations(step)
    elif arguments.child == "torch":
        result = measure(torch_step(arguments.network, arguments.precision))
    else:
        step = keras_step(arguments.network, arguments.precision, arguments.child)
        result = measure(step)
    print(json.dumps(result))


def run(python, *arguments):
    """Runs this file as a process of its own and returns what it printed last."""
    command = [python, "-P", __file__, *arguments]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"error: {' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def table(rows, facts):
    """Markdown of the measurements, float32 "before" being 1."""
    lines = [
        "| network | precision | | ms per step | ratio | megapixels/s | peak MB | of the peak |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (network, precision, name), row in rows.items():
        ratio = row["ms"] / rows[network, "float32", "before"]["ms"]
        rate = BATCH * SIZE * SIZE / row["ms"] / 1e3
        share = facts["gflop"][network] / (row["ms"] / 1e3) / facts["gflops"]
        lines.append(
            f"| {network} | {precision} | {name} | {row['ms']:.0f} | {ratio:.2f} | {rate:.2f} "
            f"| {row['mb']:.0f} | {share:.0%} |"
        )
    lines += ["", f"Peak: {facts['gflops']:.0f} GFLOP/s, a float32 matrix product of NumPy's."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="Python of an environment with torch.")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", help="Markdown file to write.")
    parser.add_argument("--operations", action="store_true", help="List xDnCNN's operations.")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--network", help=argparse.SUPPRESS)
    parser.add_argument("--precision", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments)
        return
    facts = run(sys.executable, "--child=peak")
    rows = {}
    for _ in range(arguments.rounds):
        for network in arguments.networks:
            for precision in PRECISIONS:
                for name in (*OURS, "torch") if arguments.peer else OURS:
                    python = arguments.peer if name == "torch" else sys.executable
                    flags = (f"--network={network}", f"--precision={precision}")
                    row = run(python, f"--child={name}", *flags)
                    key = network, precision, name
                    if key not in rows or row["ms"] < rows[key]["ms"]:
                        rows[key] = row
                    print(*key, f"{row['ms']:.0f} ms", file=sys.stderr, flush=True)
    text = table(rows, facts)
    if arguments.operations:
        for precision in PRECISIONS:
            flags = ("--network=xdncnn", f"--precision={precision}")
            listed = run(sys.executable, "--child=operations", *flags)
            text += f"\n\n| operation of xdncnn, {precision} | processor ms per step |\n|---|---|\n"
            text += "\n".join(f"| {k} | {v:.1f} |" for k, v in list(listed.items())[:16])
    print(text)
    if arguments.output:
        pathlib.Path(arguments.output).write_text(text + "\n")


if __name__ == "__main__":
    main()
