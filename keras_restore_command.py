"""The console script `keras-restore`: its commands, without what the libraries log.

It stands beside the package, because TensorFlow begins to log when the package is imported.
"""

import contextlib
import logging
import os
import subprocess
import sys

# Lines of TensorFlow and LiteRT below an error, CUDA's on a machine without a GPU, and libtiff's of
# files that the command refuses in its own words (a damaged fax is shown as far as it goes).
LOGGED = (
    r"[IW]\d{4} |WARNING: All log messages before absl|To enable the following instructions: "
    r"|INFO: |E\d{4} .*failed call to cuInit"
    r"|_?TIFF\w+: |tempfile\.tif: |JPEGLib: |MissingRequired: |(?!Fax)\w+Decode: "
)
FILTER = """
import re, sys
for line in sys.stdin.buffer:
    if not re.match(sys.argv[1].encode(), line):
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
"""


def main():
    with without_logs():
        from keras_restore.cli import main

        if "absl.logging" in sys.modules:
            logging.getLogger("absl").setLevel(logging.ERROR)
        # Its errors are raised as well.
        logging.getLogger("PIL").setLevel(logging.CRITICAL)
        return main()


@contextlib.contextmanager
def without_logs():
    """Leaves the libraries' log lines out of standard error; Python's own writing stays direct.

    The libraries write to the file descriptor, so a process of its own reads that: what they say
    while they crash is still shown. The direct stream stays open: loggers made here keep it.
    """
    direct = os.dup(2)
    command = [sys.executable, "-S", "-c", FILTER, LOGGED]
    reader = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    os.dup2(reader.stdin.fileno(), 2)
    reader.stdin.close()
    before, sys.stderr = sys.stderr, open(direct, "w", buffering=1, errors="backslashreplace")
    try:
        yield
    finally:
        os.dup2(direct, 2)
        sys.stderr = before
        reader.wait()


if __name__ == "__main__":
    sys.exit(main())
