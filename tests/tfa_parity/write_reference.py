"""Runs the real tensorflow-addons (TensorFlow 2.15, Python 3.11) and writes what it returns.

Command: python tests/tfa_parity/write_reference.py reference.npz
"""

import sys

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa
from parity_cases import CASES, IMAGES


def main(path):
    results = {}
    for name, (function, arguments) in CASES.items():
        if "padding" in arguments:
            arguments = {**arguments, "padding": arguments["padding"].upper()}
        results[name] = getattr(tfa.image, function)(tf.constant(IMAGES), **arguments).numpy()
    np.savez(path, **results)
    print(f"tensorflow-addons {tfa.__version__}, TensorFlow {tf.__version__}: {len(results)} cases")


if __name__ == "__main__":
    main(sys.argv[1])
