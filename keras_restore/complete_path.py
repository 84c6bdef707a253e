"""Files that are complete before they are visible."""

import contextlib
import os
import pathlib
import shutil
import tempfile

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextlib.contextmanager
def complete_path(path):
    """Yields a path to write to; what is there at the end appears at once under `path`.

    The file or folder is written in the hidden folder `.NAME.partial` beside its destination and
    renamed; of several writers the last one wins. After an error nothing is left; what a killed
    process leaves there, the next one for the same destination takes away.

    Args:
        path: Destination of a file or a folder; an older one of the same kind is replaced.

    Yields:
        A `pathlib.Path` of the same name in a temporary folder of the same file system.

    Raises:
        OSError: If the destination cannot be written, or is a folder where a file was written.

    Example:

    >>> with complete_path("small.tflite") as partial:
    ...     written = partial.write_bytes(b"TFL3")
    """
    path = pathlib.Path(path)
    with _own_folder(path) as folder:
        yield folder / path.name
        if path.is_dir() and (folder / path.name).is_dir():
            os.rename(path, folder / f"{path.name}.replaced")
        os.replace(folder / path.name, path)


def clear_partial(path):
    """Takes away what killed writers of a destination left beside it.

    Args:
        path: The destination, which is written or complete.

    Example:

    >>> clear_partial("small.tflite")
    """
    shared = _shared_folder(path)
    # Mostly there is none; and another writer may be there, or take it away meanwhile.
    with contextlib.suppress(OSError):
        for folder in shared.iterdir():
            lock = lock_folder(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)
        shared.rmdir()


def _shared_folder(path):
    path = pathlib.Path(path)
    return path.with_name(f".{path.name}.partial")


@contextlib.contextmanager
def _own_folder(path):
    """A new folder in the one that all writers of a destination share."""
    shared, lock = _shared_folder(path), None
    clear_partial(path)
    while lock is None:
        shared.mkdir(parents=True, exist_ok=True)
        # Another writer may take either away before the lock.
        with contextlib.suppress(FileNotFoundError):
            folder = pathlib.Path(tempfile.mkdtemp(dir=shared))
            lock = lock_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
        with contextlib.suppress(OSError):
            shared.rmdir()


def lock_folder(path):
    """Opens a folder for one writer, until the descriptor is closed or its process ends.

    Systems and file systems without such locks give it to every writer.

    Args:
        path: Path of the folder.

    Returns:
        The descriptor, or None if another writer has the folder or took it away.

    Raises:
        OSError: If it cannot be read.

    Example:

    >>> lock = lock_folder(".")
    """
    try:
        lock = os.open(path if fcntl else os.devnull, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = os.path.exists(path)
    except OSError as error:
        free = not isinstance(error, BlockingIOError)
    if free:
        return lock
    os.close(lock)
    return None
