"""Runs programs in children of a process that has imported the libraries: seconds less for each."""

import multiprocessing
import os
import pathlib
import runpy
import subprocess
import sys
import tempfile

LIBRARIES = ["tensorflow", "keras", "matplotlib.pyplot", "keras_restore.recipe"]
LIBRARIES += ["keras_restore.export", "keras_restore.training", "ai_edge_litert.interpreter"]
# Elsewhere a child of a process with such libraries may not run.
_processes = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
_processes.set_forkserver_preload(LIBRARIES)


def start(program, *arguments, output=os.devnull, errors=os.devnull):
    """Starts a Python file, as a `multiprocessing.Process`."""
    arguments = [str(argument) for argument in arguments]
    process = _processes.Process(target=_run, args=(str(program), arguments, output, errors))
    process.start()
    return process


def call(program, *arguments):
    """Runs a Python file to its end, as `subprocess.run` does."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = pathlib.Path(folder, "output"), pathlib.Path(folder, "errors")
        process = start(program, *arguments, output=output, errors=errors)
        process.join()
        said = output.read_text(), errors.read_text()
        return subprocess.CompletedProcess([program, *arguments], process.exitcode, *said)


def _run(program, arguments, output, errors):
    for descriptor, path in enumerate((output, errors), start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    sys.argv[:] = [program, *arguments]
    sys.path.insert(0, os.path.dirname(program))
    runpy.run_path(program, run_name="__main__")
