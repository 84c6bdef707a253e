"""Training batches for networks that are told the noise level."""

import tensorflow as tf

from keras_restore.ops.shape import known_shape


class TellSigma:
    """Degrades images and says how much: what a network with a noise level input trains on.

    The level is measured, not asked for: the root mean square of what the degradation changed, per
    image. For white noise that is the drawn sigma (with a standard error of 1 % for colour patches
    of 40 x 40); for noise that depends on the image, that a camera has processed, or that was
    mixed with other degradations, it is the sigma of white noise of the same power.

    Args:
        degradation: A `Degradation` whose output has the size of its input, or a callable of
            `(clean, seed)` that returns the pair of the degraded images and their target.
        compression: A `Degradation` that follows and does not count in the level, such as `Jpeg`:
            else a network told little cannot know whether a photo has little noise or none and a
            file's errors.

    Call arguments:
        clean: float32 tensor `(batch, height, width, channels)`.
        seed: int32 tensor of shape `(2,)`.

    Returns:
        The pair `(inputs, target)`; inputs is a dictionary of "degraded" and "sigma", in grey
        levels of 255, `(batch, 1, 1, 1)`.

    Example:

    >>> tell = TellSigma(keras_restore.degradations.GaussianNoise(sigma=(0, 75)))
    >>> inputs, target = tell(np.zeros((2, 40, 40, 3), "float32"), seed=(0, 1))
    """

    def __init__(self, degradation, compression=None):
        self.degradation = degradation
        self.compression = compression

    def __call__(self, clean, seed):
        made = self.degradation(clean, seed)
        degraded, target = made if isinstance(made, tuple) else (made, clean)
        power = tf.reduce_mean(tf.square(degraded - target), axis=(1, 2, 3), keepdims=True)
        if self.compression is not None:
            # Not called: noise may have left [0, 1], which an input of a call must not.
            draws = self.compression.sample(known_shape(degraded), tf.random.split(seed, 2)[1])
            degraded = self.compression.apply(degraded, draws)
        return {"degraded": degraded, "sigma": 255.0 * tf.sqrt(power)}, target
