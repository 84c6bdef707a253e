"""Speed and memory of a LiteRT file."""

import json
import pathlib
import subprocess
import sys

SCRIPT = pathlib.Path(__file__).with_name("run_alone.py")


def measure(path, size=(256, 256), runs=5):
    """Runs a LiteRT file in a process of its own, on all cores.

    Args:
        path: Of the `.tflite` file.
        size: (height, width) of the image, for a file of any size.
        runs: The fastest of so many runs counts.

    Returns:
        Dictionary: `milliseconds`, `milliseconds_per_megapixel`, `peak_mib` (memory beyond that
        of the interpreter's libraries), `size`.

    Raises:
        ValueError: If the file does not run.

    Example:

    >>> measure("model.tflite")["milliseconds_per_megapixel"]
    """
    command = [sys.executable, "-P", str(SCRIPT), str(path), *map(str, (*size, runs))]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or [f"status {result.returncode}"])[-1]
        raise ValueError(f"{path} does not run: {reason}")
    return json.loads(result.stdout.strip().splitlines()[-1])
