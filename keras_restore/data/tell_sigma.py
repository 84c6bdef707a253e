"""Training batches for networks that are told the noise level."""

import tensorflow as tf


class TellSigma:
    """Degrades images and says how much: what a network with a noise level input trains on.

    The level is measured, not asked for: the root mean square of what the degradation changed, per
    image. For white noise that is the drawn sigma (with a standard error of 1 % for colour patches
    of 40 x 40); for noise that depends on the image, that a camera has processed, or that was
    mixed with other degradations, it is the sigma of white noise of the same power.

    Args:
        degradation: A `Degradation` whose output has the size of its input, or a callable of
            `(clean, seed)` that returns the pair of the degraded images and their target.

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

    def __init__(self, degradation):
        self.degradation = degradation

    def __call__(self, clean, seed):
        made = self.degradation(clean, seed)
        degraded, target = made if isinstance(made, tuple) else (made, clean)
        power = tf.reduce_mean(tf.square(degraded - target), axis=(1, 2, 3), keepdims=True)
        return {"degraded": degraded, "sigma": 255.0 * tf.sqrt(power)}, target
