"""Runs a recipe under JAX without the exports, which take a process with TensorFlow.

KERAS_BACKEND=jax python tests/without_export.py recipes/denoise.py --smoke --workdir=...
"""

import runpy
import sys

from keras_restore.export import artifacts

if __name__ == "__main__":
    artifacts.AGAIN = ""
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
