"""A line that says how far a run is."""

import sys
import threading
import time

SECONDS_BETWEEN = 0.25


class Stopped(Exception):
    """The run is to end: raised in the threads that still work."""


class Progress:
    """Megapixels done, megapixels a second and time left, in one line of a terminal.

    Nothing is shown where the output is not a terminal.

    Args:
        files: Number of files of the run.
        pixels: Number of pixels of the run.
        stream: Where to write, standard error by default.

    Example:

    >>> progress = Progress(files=50, pixels=600_000_000)
    """

    def __init__(self, files, pixels, stream=None):
        self.files, self.pixels = files, pixels
        self.files_done = self.pixels_done = 0
        self._stream = stream or sys.stderr
        self._start = self._shown = time.monotonic()
        self._lock = threading.Lock()
        self._visible = self._stream.isatty()
        self._stopped = False

    def add_pixels(self, count):
        """Counts pixels that are done; raises `Stopped` after `stop`."""
        if self._stopped:
            raise Stopped
        with self._lock:
            self.pixels_done += count
            now = time.monotonic()
            if self._visible and now - self._shown >= SECONDS_BETWEEN:
                self._shown = now
                self._stream.write(f"\r\x1b[K{self.line(now - self._start)}")
                self._stream.flush()

    def finish_file(self):
        """Counts a file that is done."""
        with self._lock:
            self.files_done += 1

    def line(self, seconds):
        """The text after so many seconds."""
        done, total = self.pixels_done / 1e6, self.pixels / 1e6
        speed = done / max(seconds, 1e-9)
        left = round(max(total - done, 0) / speed) if speed > 0 else 0
        return (
            f"[{self.files_done}/{self.files}] {done:.1f} of {total:.1f} MP, {speed:.2f} MP/s, "
            f"{left // 60}:{left % 60:02d} left"
        )

    def message(self, text):
        """Writes a line of its own above the progress."""
        with self._lock:
            self._stream.write(("\r\x1b[K" if self._visible else "") + text + "\n")
            self._stream.flush()

    def stop(self):
        """Makes all work end at its next tile."""
        self._stopped = True

    def close(self):
        """Clears the line."""
        if self._visible:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
