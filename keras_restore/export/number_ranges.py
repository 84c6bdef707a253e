"""The ranges of the numbers inside an integer file, chosen on images."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from keras_restore.export import flatbuffer
from keras_restore.export.activations import computed, keeping_interpreter
from keras_restore.export.gates import find_gates

# Of |d| in exp(-d^2): 8 bits that also reached the far tails would be coarse where the gate
# changes. A gate below exp(-2.5^2) = 0.002 is written as 0.002.
GATE_LIMIT = 2.5
# Fractions of the full range that are tried as the range of an 8-bit tensor.
CANDIDATES = np.linspace(1, 0.3, 15)
MAX_SAMPLES = 50_000


def set_ranges(content, images):
    """Writes into a float file the range of every tensor, as an 8-bit quantiser needs it.

    A range may be narrower than the data: it gives the smallest squared error of values that
    are clipped and rounded to 256 steps. What a Gaussian gate squares is clipped to where the
    gate is open, and the partial sums before it are judged there only. Input and output keep
    their whole range.

    Args:
        content: Bytes of a float LiteRT file of one input image.
        images: List of float32 arrays `(1, height, width, channels)`.

    Returns:
        Bytes of the file with the ranges.
    """
    model = flatbuffer.read(content)
    graph = model.subgraphs[0]
    gates = find_gates(model)
    fixed = {}
    for gate in gates:
        fixed[gate["square"]] = (0.0, GATE_LIMIT**2)
        fixed[gate["negated"]] = (-(GATE_LIMIT**2), 0.0)
        fixed[gate["gate"]] = (0.0, 1.0)
    limited = {gate["d"] for gate in gates}
    inner = {part: gate["d"] for gate in gates for part in gate["parts"]}
    samples = _samples(content, graph, images, inner)
    ends = {int(number) for number in (*graph.inputs, *graph.outputs)}
    for number, values in samples.items():
        low, high = min(0.0, values.min()), max(0.0, values.max())
        if number in fixed:
            low, high = fixed[number]
        elif number in limited:
            low, high = max(low, -GATE_LIMIT), min(high, GATE_LIMIT)
        elif number not in ends:
            low, high = _narrow(values, low, high)
        if high == low:
            high = low + 1e-6
        quantization = schema.QuantizationParametersT()
        quantization.min, quantization.max = [float(low)], [float(high)]
        graph.tensors[number].quantization = quantization
    return flatbuffer.write(model)


def _samples(content, graph, images, inner):
    """Values of every float tensor that is computed; of a gate's parts where the gate is open."""
    interpreter = keeping_interpreter(content)
    entry = interpreter.get_input_details()[0]["index"]
    numbers = computed(graph)
    limit = max(1, MAX_SAMPLES // len(images))
    generator = np.random.default_rng(0)
    samples = {number: [] for number in numbers}
    for image in images:
        interpreter.resize_tensor_input(entry, image.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(entry, image)
        interpreter.invoke()
        for number in numbers:
            values = interpreter.get_tensor(number)
            if number in inner:
                values = values[np.abs(interpreter.get_tensor(inner[number])) <= GATE_LIMIT]
            values = values.ravel()
            if values.size == 0:
                continue
            few = generator.choice(values, limit) if values.size > limit else values
            samples[number].append(np.append(few, [values.min(), values.max()]))
    return {
        number: np.concatenate(values) if values else np.zeros(1, np.float32)
        for number, values in samples.items()
    }


def _narrow(values, low, high):
    """The range of the smallest squared error when `values` are rounded to 256 steps in it."""
    if high == low:
        return low, high
    counts, edges = np.histogram(values, bins=4096, range=(low, high))
    centers = (edges[1:] + edges[:-1]) / 2

    def error(fraction):
        bottom, top = low * fraction, high * fraction
        step = (top - bottom) / 255
        rounded = np.rint((np.clip(centers, bottom, top) - bottom) / step) * step + bottom
        return np.average(np.square(rounded - centers), weights=counts)

    fraction = min(CANDIDATES, key=error)
    return low * fraction, high * fraction
