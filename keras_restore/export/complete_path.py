"""Files that are complete before they are visible."""

import contextlib
import os
import pathlib
import shutil
import tempfile


@contextlib.contextmanager
def complete_path(path):
    """Yields a path to write to; what is there at the end appears at once under `path`.

    The file or folder is written in a hidden folder beside its destination and renamed. After
    an error nothing is left; a killed process leaves the hidden folder `.partial-*`.

    Args:
        path: Destination of a file or a folder; an older one is replaced.

    Yields:
        A `pathlib.Path` of the same name in a temporary folder of the same file system.

    Example:

    >>> with complete_path("model.tflite") as partial:
    ...     partial.write_bytes(content)
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=".partial-", dir=path.parent))
    try:
        yield folder / path.name
        if path.is_dir():
            os.rename(path, folder / "replaced")
        os.replace(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
