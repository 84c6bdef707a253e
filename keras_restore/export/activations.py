"""What the tensors inside a LiteRT file hold."""

import pathlib

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from keras_restore.export import flatbuffer
from keras_restore.export.gates import find_gates

# The largest number of float16, in which graphics cards compute.
FLOAT16_LIMIT = 65504
# Of the pictures for a file of any size.
SIDE = 64
# What a model that takes it is told of the noise, in grey levels.
SIGMAS = (0.0, 75.0)


def largest_activation(path):
    """Finds the largest absolute value of the tensors that a LiteRT file of floats computes.

    The pictures excite more than photos do: colour noise from -1 to 2 (noise is not clipped),
    chessboards, a ramp, black, white. Graphics cards compute in float16, where what exceeds
    `FLOAT16_LIMIT` is infinite; sums inside an operation are not seen. The square in a Gaussian
    gate is left out: infinite it closes the gate, as every large one does.

    Args:
        path: Of the file.

    Returns:
        The value, a float; nan if there is one.

    Example:

    >>> largest_activation("model.tflite") < FLOAT16_LIMIT
    True
    """
    content = pathlib.Path(path).read_bytes()
    model = flatbuffer.read(content)
    harmless = {gate[part] for gate in find_gates(model) for part in ("square", "negated")}
    numbers = [number for number in computed(model.subgraphs[0]) if number not in harmless]
    interpreter = keeping_interpreter(content)
    inputs = interpreter.get_input_details()
    levels = [entry for entry in inputs if "sigma" in entry["name"]]
    image = next(entry for entry in inputs if entry not in levels)
    shape = [size if size > 0 else SIDE for size in image["shape_signature"]]
    interpreter.resize_tensor_input(image["index"], shape)
    interpreter.allocate_tensors()
    largest = 0.0
    for picture in _pictures(shape):
        batch = np.broadcast_to(picture, shape).astype(np.float32)
        if image["dtype"] == np.uint8:
            batch = np.rint(np.clip(batch, 0, 1) * 255).astype(np.uint8)
        interpreter.set_tensor(image["index"], batch)
        for sigma in SIGMAS if levels else SIGMAS[:1]:
            for entry in levels:
                level = np.full(entry["shape"], sigma, np.float32)
                interpreter.set_tensor(entry["index"], level)
            interpreter.invoke()
            values = [np.abs(interpreter.get_tensor(number)).max() for number in numbers]
            largest = np.max([largest, *values])
    return float(largest)


def computed(graph):
    """The numbers of the float32 tensors of a graph: the inputs, and what operations compute."""
    outputs = [int(number) for operator in graph.operators for number in operator.outputs]
    return [int(number) for number in graph.inputs] + [
        number for number in outputs if graph.tensors[number].type == schema.TensorType.FLOAT32
    ]


def keeping_interpreter(content):
    """Makes the LiteRT interpreter of a file's bytes that keeps every tensor after a run."""
    return Interpreter(
        model_content=content,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        num_threads=2,
    )


def _pictures(shape):
    rows, columns = np.mgrid[: shape[1], : shape[2]][..., None]
    noise = np.random.default_rng(0).random(shape)
    yield from (3 * noise - 1, np.rint(noise), 0, 1, columns / shape[2])
    yield from ((rows // side + columns // side) % 2 for side in (1, 2, 8))
