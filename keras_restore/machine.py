"""The machine and the versions that a number was measured with."""

import importlib.metadata
import os
import pathlib
import platform

from keras_restore.version import VERSION

PACKAGES = ("keras", "tensorflow", "jax", "numpy", "pillow", "scikit-image", "ai-edge-litert")


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


def cores():
    """Returns the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions():
    """Finds the versions that a result depends on, without importing a package.

    Returns:
        Dictionary of strings: "keras_restore", "python", and each of `PACKAGES` that is
        installed.

    Example:

    >>> versions()["python"]
    """
    found = {"keras_restore": VERSION, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
