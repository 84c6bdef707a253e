"""Lowering: the function of a model, written for LiteRT."""

from keras_restore.export.lowering import primitives
from keras_restore.export.lowering.expand import lower_layer
from keras_restore.export.lowering.lowered_graph import LoweredGraph, lower, lower_for_integers

__all__ = [
    "LoweredGraph",
    "lower",
    "lower_for_integers",
    "lower_layer",
    "primitives",
]
