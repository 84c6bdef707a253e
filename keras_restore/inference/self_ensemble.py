"""The mean over the flips and rotations of a picture."""

import numpy as np

from keras_restore.inference.predictor_wrapper import PredictorWrapper
from keras_restore.ops import dihedral, dihedral_inverse


class SelfEnsemble(PredictorWrapper):
    """Restores a picture's eight flips and rotations and averages the results.

    Mao et al., "Image Restoration Using Convolutional Auto-encoders with Symmetric Skip
    Connections", arXiv 1606.08921, Sec. 3.5. Done a window, it gives exactly the ensemble of
    the whole picture, since a flipped window starts and ends at multiples as well.

    Args:
        predictor: The predictor to run; one of a fixed size must take squares.

    Raises:
        ValueError: If the predictor takes windows of one size that is not square.

    Example:

    >>> restored = SelfEnsemble(predictor)(batch)
    """

    def __init__(self, predictor):
        super().__init__(predictor)
        if predictor.size is not None and predictor.size[0] != predictor.size[1]:
            raise ValueError(
                "The ensemble rotates the picture, so the file must take squares. "
                f"Received: a file of fixed size {predictor.size}"
            )

    def __call__(self, batch):
        total = 0.0
        for index in range(8):
            restored = self.predictor(np.ascontiguousarray(dihedral(batch, index)))
            total = total + dihedral_inverse(restored, index)
        return total / np.float32(8)
