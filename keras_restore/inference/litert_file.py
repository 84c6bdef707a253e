"""What a LiteRT file says, and whether LiteRT may open it."""

import json
import math

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from keras_restore.inference.predictor import METADATA_NAME

TYPE = schema.TensorType
# Bytes of one number of a constant.
ITEM_SIZES = {
    **{TYPE.INT8: 1, TYPE.UINT8: 1, TYPE.BOOL: 1, TYPE.INT16: 2, TYPE.FLOAT16: 2},
    **{TYPE.INT32: 4, TYPE.FLOAT32: 4, TYPE.INT64: 8, TYPE.FLOAT64: 8},
}


def read_model(path):
    """Reads and checks a file, since LiteRT itself follows every number of a damaged one.

    Args:
        path: Path of the file, `pathlib.Path`.

    Returns:
        The file's `schema.ModelT`.

    Raises:
        ValueError: If it is no LiteRT file, or not sound.
    """
    content = path.read_bytes()
    try:
        model = schema.ModelT.InitFromPackedBuf(content, 0)
    # A damaged file surfaces as any error of the parser's.
    except Exception as error:
        raise ValueError(f"{str(path)!r} is not a LiteRT file: {error}") from error
    if not model.subgraphs or not model.buffers:
        raise ValueError(f"{str(path)!r} is not a LiteRT file: it holds no graph.")
    if not all(_is_sound(graph, model) for graph in model.subgraphs):
        raise ValueError(
            f"{str(path)!r} is damaged, or no network of images: a tensor is missing, of another "
            "size, or kept from one picture to the next."
        )
    return model


def _is_sound(graph, model):
    """Whether what is named is there, nothing is kept, and constants have their shapes' bytes."""
    tensors, operators = graph.tensors or [], graph.operators or []
    if not (
        _within(graph.inputs, tensors)
        and _within(graph.outputs, tensors)
        and _within([operator.opcodeIndex for operator in operators], model.operatorCodes or [])
        and all(_within(operator.inputs, tensors, absent=-1) for operator in operators)
        and all(_within(operator.outputs, tensors) for operator in operators)
        and _within([tensor.buffer for tensor in tensors], model.buffers)
    ):
        return False
    values = [model.buffers[tensor.buffer].data for tensor in tensors]
    constants = [i for i, value in enumerate(values) if value is not None]
    return (
        _is_in_order(operators, {*_numbers(graph.inputs), *constants})
        and not any(tensor.isVariable for tensor in tensors)
        and all(map(_has_its_bytes, tensors, values))
    )


def _is_in_order(operators, given):
    """Whether every tensor is made once, before it is read."""
    made = [i for operator in operators for i in _numbers(operator.outputs)]
    to_come = set(made)
    if len(to_come) < len(made) or to_come & given:
        return False
    for operator in operators:
        if to_come.intersection(_numbers(operator.inputs)):
            return False
        to_come.difference_update(_numbers(operator.outputs))
    return True


def _numbers(array):
    return [] if array is None else np.asarray(array, np.int64).tolist()


def _within(numbers, entries, absent=0):
    return all(absent <= number < len(entries) for number in _numbers(numbers))


def _has_its_bytes(tensor, data):
    if data is None or tensor.sparsity or tensor.type not in ITEM_SIZES:
        return True
    shape = [] if tensor.shape is None else tensor.shape
    return len(data) == math.prod(map(int, shape)) * ITEM_SIZES[tensor.type]


def metadata(model):
    """The entry that keras_restore.export writes into its files, or nothing.

    Args:
        model: A `schema.ModelT`.

    Returns:
        Dict.
    """
    for entry in model.metadata or ():
        if entry.name == METADATA_NAME.encode():
            try:
                return json.loads(bytes(model.buffers[entry.buffer].data))
            except (ValueError, TypeError, IndexError):
                break
    return {}
