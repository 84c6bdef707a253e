"""What a metric of restored images is made of."""

import keras


class ImageMetric(keras.metrics.Mean):
    """The mean over images of a number that compares the restored one with the clean one.

    A subclass gives `compute` and says how its number is written; protocols, logs, tables, plots
    and reports follow from it. An instance is a Keras metric for `compile(metrics=[...])`.

    Attributes:
        name: Key in rows and logs: "psnr".
        label: For people: "PSNR".
        unit: "dB", or "" where there is none.
        digits: Decimals to write.
        higher_is_better: Whether a larger number is a better image.

    Example:

    >>> class MeanError(ImageMetric):
    ...     name, label, unit, digits, higher_is_better = "mean_error", "error", "levels", 2, False
    ...
    ...     @staticmethod
    ...     def compute(clean, restored, crop_border=0):
    ...         clean, restored = image_pair(clean, restored, crop_border)
    ...         return 255 * keras.ops.mean(keras.ops.abs(clean - restored), axis=(1, 2, 3))
    >>> protocol = dataclasses.replace(protocols.gray_denoising(25), metrics=(MeanError, PSNR))
    """

    label = ""
    unit = ""
    digits = 3
    higher_is_better = True

    def __init__(self, name=None, dtype=None):
        super().__init__(name=name or type(self).name, dtype=dtype)

    @staticmethod
    def compute(clean, restored, crop_border=0):
        """Computes the number of each image.

        Args:
            clean: Floating-point batch `(batch, height, width, channels)`, or one image.
            restored: The same shape.
            crop_border: Pixels to leave out on each side.

        Returns:
            Tensor of shape `(batch,)`, or a scalar for one image.
        """
        raise NotImplementedError

    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(self.compute(y_true, y_pred), sample_weight)

    @classmethod
    def title(cls):
        """Returns the label with the unit: "PSNR [dB]"."""
        return f"{cls.label} [{cls.unit}]" if cls.unit else cls.label

    @classmethod
    def text(cls, value):
        """Writes a number with its unit."""
        return f"{value:.{cls.digits}f} {cls.unit}".rstrip()

    @classmethod
    def gain(cls, value, before):
        """Returns by how much a number is better than another: positive is better."""
        return value - before if cls.higher_is_better else before - value
