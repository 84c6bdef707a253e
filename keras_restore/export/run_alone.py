"""Runs a LiteRT file in a process of its own: `python -P run_alone.py FILE HEIGHT WIDTH RUNS`.

Prints a line of JSON with the fastest run in milliseconds and the memory that the file needed,
in MiB: the peak of the process less what it held before the file was opened, with the
libraries loaded.
"""

import json
import os
import resource
import sys
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter

DEFAULT_SIZE = 256


def main(path, height, width, runs):
    before = _memory("VmRSS")
    interpreter = Interpreter(model_path=path, num_threads=len(os.sched_getaffinity(0)))
    entry = interpreter.get_input_details()[0]
    _, fixed_height, fixed_width, channels = (int(side) for side in entry["shape_signature"])
    if fixed_height > 0:
        height, width = fixed_height, fixed_width
    else:
        interpreter.resize_tensor_input(entry["index"], (1, height, width, channels))
    interpreter.allocate_tensors()
    image = np.random.default_rng(0).random((1, height, width, channels))
    peak = 255 if entry["dtype"] == np.uint8 else 1
    image = (image * peak).astype(entry["dtype"])
    times = []
    for _ in range(runs):
        interpreter.set_tensor(entry["index"], image)
        start = time.perf_counter()
        interpreter.invoke()
        times.append(time.perf_counter() - start)
    milliseconds = 1000 * min(times)
    print(
        json.dumps(
            {
                "milliseconds": milliseconds,
                "milliseconds_per_megapixel": milliseconds / (height * width / 1e6),
                "peak_mib": _memory("VmHWM") - before,
                "size": [height, width],
            }
        )
    )


def _memory(field):
    """MiB that the process holds ("VmRSS") or held at most ("VmHWM").

    On Linux not of `getrusage`, whose peak begins with that of the process which started this
    one, of all of TensorFlow for instance.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        return int(fields[field].split()[0]) / 1024
    except (OSError, KeyError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:5]))
