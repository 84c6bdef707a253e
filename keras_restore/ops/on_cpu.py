"""Whether Keras computes on the processor."""

import keras


def on_cpu():
    """Returns whether the backend, TensorFlow or JAX, has no accelerator; False for others."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() == "cpu"
    if keras.backend.backend() != "tensorflow":
        return False

    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")
