"""The machine and the versions that a number was measured with."""

import importlib.metadata
import os
import pathlib
import platform

from keras_restore.version import VERSION

PACKAGES = ("keras", "tensorflow", "jax", "numpy", "pillow", "scikit-image", "ai-edge-litert")
# As Linux names them, of x86 and of Arm.
BFLOAT16_FEATURES = {"avx512_bf16", "amx_bf16", "bf16"}
CPUINFO = pathlib.Path("/proc/cpuinfo")


def machine():
    """Names the processor and its number of cores.

    Returns:
        A string such as "AMD EPYC, 2 cores".
    """
    name = _cpuinfo().get("model name") or platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def has_bfloat16():
    """Says whether the processor multiplies bfloat16 numbers itself (AVX-512 BF16, AMX, Arm).

    Returns:
        True or False, or None where the system does not tell, which is everywhere but on Linux.
    """
    facts = _cpuinfo()
    if not facts:
        return None
    features = f"{facts.get('flags', '')} {facts.get('Features', '')}".split()
    return not BFLOAT16_FEATURES.isdisjoint(features)


def has_gpu():
    """Says whether there is an NVIDIA card with a driver, without loading TensorFlow."""
    return any(pathlib.Path("/dev").glob("nvidia[0-9]*"))


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


def _cpuinfo():
    """What Linux says about the first core; empty elsewhere."""
    if not CPUINFO.exists():
        return {}
    lines = CPUINFO.read_text().partition("\n\n")[0].splitlines()
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
