"""Compares `keras_restore.ops` with what tensorflow-addons returned.

Command: python tests/tfa_parity/compare.py reference.npz

Exits with status 1 if a value differs by more than 1e-5.
"""

import sys

import numpy as np
from parity_cases import CASES, IMAGES

from keras_restore import ops

TOLERANCE = 1e-5


def main(path):
    reference = np.load(path)
    failed = False
    for name, (function, arguments) in CASES.items():
        found = np.asarray(getattr(ops, function)(IMAGES, **arguments))
        difference = float(np.abs(found - reference[name]).max())
        failed |= not difference <= TOLERANCE
        print(f"{name:45} {difference:.1e}{'' if difference <= TOLERANCE else '  DIFFERS'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
