"""The name of the machine that a number was measured on."""

import os
import pathlib
import platform


def machine():
    """Names the processor and its number of cores.

    Returns:
        A string such as "AMD EPYC, 2 cores".
    """
    name = platform.processor() or platform.machine()
    cpus = pathlib.Path("/proc/cpuinfo")
    if cpus.exists():
        lines = (line.partition(":") for line in cpus.read_text().splitlines())
        name = next((value.strip() for key, _, value in lines if "model name" in key), name)
    return f"{name}, {os.cpu_count()} cores"
