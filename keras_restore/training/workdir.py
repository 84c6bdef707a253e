"""The one directory that says everything about a run."""

import csv
import json
import pathlib

from keras_restore.complete_path import complete_path, lock_folder
from keras_restore.machine import versions

SETTINGS = "settings.json"
CHECKPOINT = "checkpoint.weights.h5"
LOG = "log.csv"
# Folders that this process holds, from their path to the open descriptor.
_LOCKED = {}


class Workdir:
    """Settings, log, checkpoint and pictures of one run; opening it twice continues the run.

    Args:
        path: Path of the directory; made if it does not exist.
        settings: Dictionary of JSON values that the result depends on.

    Attributes:
        path: `pathlib.Path` of the directory.
        pictures: `pathlib.Path` of its folder for pictures.

    Raises:
        OSError: If the directory cannot be written.
        ValueError: If it holds a run with other settings, or files that are no run's, or
            another process trains in it; nothing in it is changed.

    Example:

    >>> workdir = Workdir("runs/xdncnn", {"sigma": 25, "steps": 1000})
    """

    def __init__(self, path, settings):
        self.path = pathlib.Path(path)
        self.pictures = self.path / "pictures"
        settings = json.loads(json.dumps(settings))
        if (self.path / SETTINGS).exists():
            self._check_settings(settings)
        elif self.path.is_dir() and any(self.path.iterdir()):
            raise ValueError(
                f"`workdir` must be a new or empty directory, or hold a run. {str(self.path)!r} "
                f"holds other files and no {SETTINGS}."
            )
        self.pictures.mkdir(parents=True, exist_ok=True)
        self._lock()
        # Also the proof, before any work, that the directory can be written.
        text = {"settings": settings, "versions": versions()}
        with complete_path(self.path / SETTINGS) as partial:
            partial.write_text(json.dumps(text, indent=1), encoding="utf-8")

    def _check_settings(self, settings):
        known = json.loads((self.path / SETTINGS).read_text())["settings"]
        names = sorted(set(known) | set(settings))
        differing = [name for name in names if known.get(name) != settings.get(name)]
        if differing:
            changes = ", ".join(
                f"{name} (there {known.get(name)!r}, now {settings.get(name)!r})"
                for name in differing
            )
            raise ValueError(
                f"`workdir` {str(self.path)!r} holds a run with other settings: {changes}. "
                "The same settings continue it; others need another directory."
            )

    def _lock(self):
        """Refuses a directory that another process trains in; its end unlocks it."""
        path = self.path.resolve()
        if path in _LOCKED:
            return
        lock = lock_folder(path)
        if lock is None:
            raise ValueError(
                f"`workdir` {str(self.path)!r} is in use by another process. Wait for its end, or "
                "take another directory."
            )
        _LOCKED[path] = lock

    def save_checkpoint(self, trainer):
        """Saves weights, batch norm statistics, optimizer state and step, all in one file."""
        with complete_path(self.path / CHECKPOINT) as partial:
            trainer.save_weights(partial)

    def load_checkpoint(self, trainer):
        """Restores the checkpoint, if there is one.

        Returns:
            The number of steps done, 0 without a checkpoint.
        """
        path = self.path / CHECKPOINT
        if not path.exists():
            return 0
        trainer.load_weights(path)
        return trainer.steps_done

    def read_log(self):
        """Returns the rows of the log as dictionaries of floats; empty cells are left out."""
        path = self.path / LOG
        if not path.exists():
            return []
        with open(path, newline="") as file:
            return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]

    def write_log(self, rows, columns):
        """Replaces the log by `rows`, dictionaries with the keys `columns`."""
        with complete_path(self.path / LOG) as partial, open(partial, "w", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            for row in rows:
                writer.writerow({k: _short(v) for k, v in row.items()})


def _short(value):
    return int(value) if float(value).is_integer() else f"{value:.7g}"
