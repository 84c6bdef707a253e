"""The float32 twin of a model."""

import keras


def float32_copy(model):
    """Rebuilds a model with the float32 policy and the same weights.

    A model trained in mixed precision would export, silently, to operations that LiteRT
    cannot run.

    Args:
        model: A built functional `keras.Model`.

    Returns:
        A `keras.Model` of its own, float32 throughout, not trainable.

    Raises:
        ValueError: If `model` is not a built functional model.

    Example:

    >>> float32_copy(keras_restore.models.dncnn()).dtype_policy.name
    'float32'
    """
    if not isinstance(model, keras.Model) or not hasattr(model, "operations"):
        raise ValueError(f"`model` must be a functional keras.Model. Received: model={model!r}")
    with keras.device("cpu:0"):
        copy = type(model).from_config(
            _with_float32(model.get_config()), custom_objects=_custom_classes(model)
        )
        copy.set_weights(model.get_weights())
    copy.trainable = False
    return copy


def _custom_classes(model):
    """The layers' classes by name, for those that are not registered with Keras."""
    classes = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            classes |= _custom_classes(layer)
        elif not type(layer).__module__.startswith("keras."):
            classes[type(layer).__name__] = type(layer)
    return classes


def _with_float32(config):
    if isinstance(config, dict):
        return {
            key: "float32" if key == "dtype" and _is_floating(value) else _with_float32(value)
            for key, value in config.items()
        }
    if isinstance(config, (list, tuple)):
        return type(config)(_with_float32(value) for value in config)
    return config


def _is_floating(dtype):
    if isinstance(dtype, dict):
        return True
    return isinstance(dtype, str) and "float" in dtype
