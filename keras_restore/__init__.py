"""Image restoration in Keras: layers, models, degradations, training and export."""

import importlib
import importlib.util

from keras_restore.version import VERSION as __version__

_ON_FIRST_USE = (
    "data",
    "degradations",
    "evaluation",
    "export",
    "graph",
    "inference",
    "ops",
    "protocols",
    "published",
    "recipe",
    "training",
)
_FUNCTIONS = {"load": "inference", "restore": "inference"}

# Importing registers the layers, so that `.keras` files load. A phone-sized installation that
# only runs LiteRT files has no Keras.
if importlib.util.find_spec("keras") is not None:
    from keras_restore import layers, metrics, models

__all__ = ["__version__", "layers", "load", "metrics", "models", "restore", *_ON_FIRST_USE]


def __getattr__(name):
    if name in _ON_FIRST_USE:
        return importlib.import_module(f"keras_restore.{name}")
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(f"keras_restore.{_FUNCTIONS[name]}"), name)
    raise AttributeError(f"module 'keras_restore' has no attribute {name!r}")


def __dir__():
    return sorted(set(globals()) | set(__all__))
