"""Steps over more pictures than one machine should do, as pipelines of Apache Beam.

`python -m keras_restore.beam --help` has the options; see `docs/scale.md`.
"""

from keras_restore.beam.degrade_all import DegradeAll
from keras_restore.beam.evaluate_all import EvaluateAll
from keras_restore.beam.restore_all import RestoreAll

__all__ = ["DegradeAll", "EvaluateAll", "RestoreAll"]
