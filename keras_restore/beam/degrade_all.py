"""A degradation of every picture of folders, as a transform of Apache Beam."""

import keras

from keras_restore.beam.over_files import OverFiles, seed_of
from keras_restore.commands.degrade_command import degrade_file
from keras_restore.inference.restore_one import make_once


class DegradeAll(OverFiles):
    """Degrades the pictures of folders, local ones or of buckets, to pairs for training.

    See `OverFiles`. What is drawn for a picture follows from `seed` and its name, so that it is the
    same in every run, however many others there are.

    Args:
        inputs, output, manifest, overwrite: See `OverFiles`.
        degradation: A `Degradation` that makes a picture.
        seed: Integer.

    Returns:
        Of the transform: the rows, as dictionaries.

    Raises:
        ValueError: If there is no file in an input, or `output` lies inside one.
        OSError: If an input cannot be listed, or `output` or `manifest` not be written.

    Example:

    >>> step = DegradeAll(["photos"], "noisy", "noisy_rows", degradations.GaussianNoise(25))
    >>> with beam.Pipeline() as pipeline:
    ...     rows = pipeline | step
    """

    def __init__(self, inputs, output, manifest, degradation, seed=0, overwrite=False):
        step = _Degrade(degradation, seed)
        super().__init__(inputs, output, manifest, step, ".png", overwrite)


class _Degrade:
    def __init__(self, degradation, seed):
        self._config = keras.saving.serialize_keras_object(degradation)
        self._seed = seed

    def setup(self):
        self._degradation = keras.saving.deserialize_keras_object(self._config)

    def __call__(self, source, target, place, known, overwrite):
        seed = (self._seed, seed_of(place))

        def make(source, target, digest):
            degrade_file(self._degradation, source, target, None, seed)
            return ()

        return make_once(
            *(source, target, make, lambda: [self._config, seed], "degraded", known, overwrite)
        )
