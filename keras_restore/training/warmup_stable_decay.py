"""A learning rate that stays high for most of the training."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_restore")
class WarmupStableDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Rises for a twentieth of the steps, stays, and falls in a line over the last three tenths.

    Hu et al., "MiniCPM", 2024 (WSD), with the fall of Hägele et al., "Scaling Laws
    and Compute-Optimal Training Beyond Fixed Training Durations", 2024.

    Args:
        learning_rate: Of the steps between.
        final_learning_rate: From `steps` on.
        steps: Of the whole training.

    Example:

    >>> round(float(WarmupStableDecay(0.02, 0.0, steps=1000)(850)), 4)
    0.01
    """

    def __init__(self, learning_rate, final_learning_rate, steps):
        self.learning_rate = learning_rate
        self.final_learning_rate = final_learning_rate
        self.steps = steps

    def __call__(self, step):
        done = ops.cast(step, "float32") / self.steps
        left = ops.clip((1 - done) / 0.3, 0.0, 1.0)
        stable = self.final_learning_rate + left * (self.learning_rate - self.final_learning_rate)
        return stable * ops.minimum(1.0, done / 0.05)

    def get_config(self):
        return {
            "learning_rate": self.learning_rate,
            "final_learning_rate": self.final_learning_rate,
            "steps": self.steps,
        }
