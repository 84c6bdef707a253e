"""Files that are complete before they are visible."""

import contextlib
import os
import pathlib
import shutil


@contextlib.contextmanager
def complete_path(path):
    """Yields a path to write to; what is there at the end appears at once under `path`.

    The file or folder is written in a hidden folder beside its destination and renamed. After
    an error nothing is left; a killed process leaves the hidden folder `.NAME.partial`, which the
    next one for the same destination takes away: there is one writer at a time.

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
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = path.with_name(f".{path.name}.partial")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    try:
        yield folder / path.name
        if path.is_dir() and (folder / path.name).is_dir():
            os.rename(path, folder / "replaced")
        os.replace(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
