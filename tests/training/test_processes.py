"""Several processes under JAX train as one, end together, and continue."""

import csv
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

import keras
import numpy as np
import pytest
import without_export
from PIL import Image

from keras_restore.training import processes

pytest.importorskip("jax", reason="needs jax: pip install 'keras-restore[jax]'")

RECIPE = pathlib.Path(__file__).parents[2] / "recipes" / "denoise.py"
FLAGS = (
    *("--model=dncnn", "--depth=3", "--filters=4", "--ema=0.9", "--steps=20", "--log_every=5"),
    *("--batch_size=8", "--patch_size=24"),
)


def free_port():
    with socket.create_server(("", 0)) as server:
        return server.getsockname()[1]


def start(count, *arguments, program=(without_export.__file__, RECIPE)):
    """Starts the processes of one run and returns them."""
    address = f"--coordinator=localhost:{free_port()}"
    together = [[f"--processes={count}", f"--process_id={i}", address] for i in range(count)]
    return [
        subprocess.Popen(
            [
                sys.executable,
                *map(str, program),
                *FLAGS,
                *map(str, arguments),
                *(own if count > 1 else ()),
            ],
            env={**os.environ, "KERAS_BACKEND": "jax"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for own in together
    ]


def end(started):
    """Waits for processes; returns their status and what the first one said."""
    said = [process.communicate() for process in started]
    return [process.returncode for process in started], "\n".join(said[0])


def losses(path):
    with open(path / "log.csv", newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def weights(path):
    return keras.saving.load_model(path / "model.keras").get_weights()


@pytest.fixture(scope="module")
def train_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 40, 40), np.uint8)
    for i, picture in enumerate(pixels):
        Image.fromarray(picture).save(folder / f"{i}.png")
    return f"--train_dir={folder}"


@pytest.fixture(scope="module")
def alone(tmp_path_factory, train_dir):
    path = tmp_path_factory.mktemp("alone") / "run"
    status, said = end(start(1, train_dir, f"--workdir={path}"))
    assert status == [0], said
    return path


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_killed_and_continued_processes_equal_one(tmp_path, train_dir, alone, count):
    path = tmp_path / "run"
    started = start(count, train_dir, f"--workdir={path}")
    while not (path / "checkpoint.weights.h5").exists() and started[0].poll() is None:
        time.sleep(0.02)
    os.kill(started[-1].pid, signal.SIGKILL)
    status, said = end(started)
    if (path / "model.keras").exists():
        pytest.skip("the run was over before it was killed")
    assert status[0] == 1 and "Traceback" not in said
    assert said.splitlines()[-1].startswith("error: Another process ended.")
    status, said = end(start(count, train_dir, f"--workdir={path}", program=[RECIPE]))
    assert status == [0] * count, said
    assert "Continuing" in said and (path / "model.tflite").exists()
    np.testing.assert_allclose(losses(path), losses(alone), rtol=1e-5)
    for one, several in zip(weights(alone), weights(path), strict=True):
        np.testing.assert_allclose(several, one, atol=1e-5)


def test_several_devices_equal_one(tmp_path, train_dir, alone, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2", prepend=" ")
    path = tmp_path / "run"
    # Other settings than alone, as the flag says which devices a run has.
    status, said = end(start(1, train_dir, f"--workdir={path}", "--strategy=mirrored"))
    assert status == [0], said
    for one, several in zip(weights(alone), weights(path), strict=True):
        np.testing.assert_allclose(several, one, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch_size=9"], "--batch_size must be a multiple of --processes"),
        (["--coordinator=nowhere"], "host:port"),
        (["--process_id=2"], "from 0 to 1"),
    ],
)
def test_bad_flags(tmp_path, train_dir, arguments, message):
    command = [
        *(sys.executable, str(RECIPE), *FLAGS, train_dir, f"--workdir={tmp_path / 'run'}"),
        *("--processes=2", "--coordinator=localhost:1", *arguments),
    ]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert message in done.stderr.splitlines()[-1]
    assert not (tmp_path / "run").exists()


def test_tensorflow_has_one_process():
    processes.join(1, 0, None)
    with pytest.raises(ValueError, match="KERAS_BACKEND=jax"):
        processes.join(2, 0, "localhost:9000")


def roll_call(monkeypatch, calls, count=3, patience=2.0):
    """What process 0 and each caller, a pair of its number and the count it knows, are told."""
    monkeypatch.setattr(processes, "PATIENCE", patience)
    port = free_port()
    told = {}

    def hear(name, function, *arguments):
        try:
            told[name] = function(*arguments)
        except OSError as error:
            told[name] = str(error)

    threads = [threading.Thread(target=hear, args=("first", processes._await_all, count, port))]
    threads += [
        threading.Thread(target=hear, args=(i, processes._call, *call, "localhost", port))
        for i, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


@pytest.mark.parametrize(
    ("calls", "problem"),
    [
        ([(1, 3), (2, 3)], None),
        ([(1, 3), (1, 3)], "Two processes have the number 1."),
        ([(1, 3)], "The processes [2] did not come within 2 s."),
        ([(1, 4)], "Process 1 says 4 processes, process 0 3."),
    ],
)
def test_all_are_told_what_is_wrong(monkeypatch, calls, problem):
    told = roll_call(monkeypatch, calls)
    assert set(told.values()) == {problem}


def test_a_first_process_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 0.1)
    port = free_port()
    with pytest.raises(OSError, match=f"does not answer at localhost:{port}"):
        processes._call(1, 2, "localhost", port)


def test_the_first_process_is_given_its_time(monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 0.4)
    with socket.create_server(("", 0)) as server:
        calling = threading.Thread(
            target=processes._call, args=(1, 2, "localhost", server.getsockname()[1])
        )
        calling.start()
        with server.accept()[0] as caller:
            server.close()
            calling.join(0.5)
            assert calling.is_alive()
            caller.sendall(processes.ALL_THERE.encode())
        calling.join()


@pytest.mark.parametrize(
    ("message", "lost"),
    [("Gloo all-reduce failed", True), ("NCCL operation failed", True), ("Out of memory", False)],
)
def test_the_loss_of_another(message, lost):
    assert processes.is_loss_of_another(RuntimeError(message)) is lost


def test_a_port_in_use():
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on port {port}"):
            processes._await_all(2, port)
