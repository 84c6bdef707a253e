"""Restoring more pictures than one machine should, as a pipeline of Apache Beam.

`python -m keras_restore.beam --help` has the options; see `docs/scale.md`.
"""

from keras_restore.beam.restore_all import RestoreAll

__all__ = ["RestoreAll"]
