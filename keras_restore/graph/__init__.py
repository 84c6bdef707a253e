"""The graph of a Keras model: walking it, and what follows from it."""

from keras_restore.graph.geometry import frames_of, geometry
from keras_restore.graph.keras_graph import (
    check_one_image,
    inside,
    layers_of,
    nodes_of,
    output_names,
    run_through,
)
from keras_restore.graph.plane import Plane
from keras_restore.graph.receptive_field import ReceptiveField, receptive_field
from keras_restore.graph.rules import register_rule, see
from keras_restore.graph.working_memory import working_memory

__all__ = [
    "Plane",
    "ReceptiveField",
    "check_one_image",
    "frames_of",
    "geometry",
    "inside",
    "layers_of",
    "nodes_of",
    "output_names",
    "receptive_field",
    "register_rule",
    "run_through",
    "see",
    "working_memory",
]
