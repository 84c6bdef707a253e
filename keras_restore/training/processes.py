"""Several processes, on one machine or many, that train one network under JAX."""

import contextlib
import socket
import time

import keras
import tensorflow as tf

# Seconds to wait for the other processes at the start.
PATIENCE = 120.0
ALL_THERE = "all there"


def join(processes, process_id, coordinator):
    """Joins the processes that train together, before anything else of JAX is used.

    Args:
        processes: Their number.
        process_id: Number of this one, from 0.
        coordinator: Address of process 0, "host:port".

    Raises:
        ValueError: If an argument or the backend does not fit.
        OSError: If process 0 does not answer, one is missing, or two have one number. All are told:
            JAX itself would abort.

    Example:

    >>> join(processes=1, process_id=0, coordinator="localhost:9000")
    """
    if not 0 <= process_id < processes:
        raise ValueError(
            f"`process_id` must be from 0 to {processes - 1}. Received: process_id={process_id}"
        )
    if processes == 1:
        return
    if keras.backend.backend() != "jax":
        raise ValueError(
            "Several processes need KERAS_BACKEND=jax; under TensorFlow, Keras cannot train on "
            f"several machines. Received: backend={keras.backend.backend()!r}"
        )
    host, _, port = (coordinator or "").rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(
            "`coordinator` must be the address of process 0, host:port. "
            f"Received: coordinator={coordinator!r}"
        )
    if process_id == 0:
        _await_all(processes, int(port))
    else:
        _call(process_id, processes, host, int(port))

    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(coordinator, processes, process_id)


def is_first():
    """Whether this process writes what the run leaves: it is alone, or number 0."""
    return _place()[0] == 0


def is_loss_of_another(error):
    """Whether an error of the training means that another process is gone.

    Args:
        error: The exception.
    """
    return "Gloo" in str(error) or "NCCL" in str(error)


def own_part(dataset, batch_size):
    """The slice of each batch that this process trains on: all of it, where it is alone.

    Args:
        dataset: A `tf.data.Dataset` of batches for all processes.
        batch_size: Of those batches.
    """
    process_id, processes = _place()
    if processes == 1:
        return dataset
    size = batch_size // processes
    first = process_id * size
    return dataset.map(
        lambda *batch: tf.nest.map_structure(lambda tensor: tensor[first : first + size], batch)
    )


def check_same_step(step):
    """Raises a `ValueError` unless all processes start at the same step."""
    if _place()[1] == 1:
        return

    import numpy as np
    from jax.experimental import multihost_utils

    steps = multihost_utils.process_allgather(np.int32(step)).tolist()
    if len(set(steps)) > 1:
        raise ValueError(
            "`workdir` must be on storage that all processes see. Received: checkpoints of the "
            f"steps {steps}"
        )


def _place():
    """The number of this process, and that of all."""
    if keras.backend.backend() != "jax":
        return 0, 1

    import jax

    return jax.process_index(), jax.process_count()


def _await_all(processes, port):
    """Waits for the other processes and tells each, and the caller, what is wrong, if anything."""
    try:
        server = socket.create_server(("", port))
    except OSError as error:
        raise OSError(f"Process 0 cannot listen on port {port}: {error.strerror}") from error
    there, callers, problem = {0}, [], None
    end = time.monotonic() + PATIENCE
    with server:
        while len(there) < processes and problem is None:
            server.settimeout(max(0.01, end - time.monotonic()))
            try:
                caller, _ = server.accept()
                callers.append(caller)
                caller.settimeout(PATIENCE)
                process_id, count = map(int, caller.recv(64).split())
            except TimeoutError:
                missing = sorted(set(range(processes)) - there)
                problem = f"The processes {missing} did not come within {PATIENCE:g} s."
                break
            except (ValueError, OSError):
                # Nobody of ours.
                continue
            if count != processes:
                problem = f"Process {process_id} says {count} processes, process 0 {processes}."
            elif process_id in there:
                problem = f"Two processes have the number {process_id}."
            there.add(process_id)
        for caller in callers:
            with contextlib.suppress(OSError), caller:
                caller.sendall((problem or ALL_THERE).encode())
    if problem:
        raise OSError(problem)


def _call(process_id, processes, host, port):
    """Tells process 0 that this one is there, and waits for the others."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection((host, port), timeout=PATIENCE) as connection:
                # Longer than process 0 waits, which then says who is missing.
                connection.settimeout(2 * PATIENCE)
                connection.sendall(f"{process_id} {processes}".encode())
                answer = connection.recv(200).decode()
        except OSError as error:
            if time.monotonic() > end:
                raise OSError(
                    f"Process 0 does not answer at {host}:{port} ({PATIENCE:g} s): {error}"
                ) from error
            time.sleep(min(1.0, PATIENCE / 10))
            continue
        if answer != ALL_THERE:
            raise OSError(answer or f"Process 0 at {host}:{port} ended.")
        return
