"""Runs a LiteRT file in a process of its own: `python -P run_alone.py FILE HEIGHT WIDTH RUNS`.

Prints a line of JSON with the fastest run in milliseconds and the memory that the file needed,
in MiB: the peak of the process less what it held before the file was opened.
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
    before = _peak()
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
                "milliseconds_a_megapixel": milliseconds / (height * width / 1e6),
                "peak_mib": _peak() - before,
                "size": [height, width],
            }
        )
    )


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:5]))
