"""A published checkpoint as a Keras model."""

from keras_restore.published.architecture import recognize
from keras_restore.published.reader import read


def load(path, batch_norm_epsilon=None):
    """Builds the model of a published checkpoint and fills it with the weights.

    Format and architecture are told from the file itself, see `read` and `recognize`. A
    network whose batch norms are merged into its convolutions becomes one without batch
    norms. Nothing in the file is ever executed, and PyTorch is not needed.

    Args:
        path: A PyTorch state dict (old or zip format), a MatConvNet `.mat` file (v7.3 or
            older), or a Keras 2 HDF5 file.
        batch_norm_epsilon: Of the batch norms, for files that do not hold it; None takes the
            default of the framework that wrote the file.

    Returns:
        A `keras.Model` of `keras_restore.models`.

    Raises:
        ImportError: If a package for the format is missing (the extra `published`).
        OSError: If the file cannot be read.
        ValueError: If it is damaged, asks to run code, or holds no network of ours; the error
            says what was found in it.

    Example:

    >>> model = keras_restore.published.load("xdncnn_res_f64k3k9_s25.pkl")
    """
    checkpoint = read(path, batch_norm_epsilon)
    try:
        return recognize(checkpoint).build()
    except ValueError as error:
        raise ValueError(f"{path} cannot be imported. {error}") from error
