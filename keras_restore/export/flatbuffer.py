"""LiteRT files as objects: their operations, their metadata, two joined to one."""

import copy

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

IDENTIFIER = b"TFL3"
# The words of LiteRT's schema, `BuiltinOperator` and `TensorType`, by their number.
OPERATORS = {
    number: name for name, number in vars(schema.BuiltinOperator).items() if name[0].isupper()
}
FLOATS = (schema.TensorType.FLOAT16, schema.TensorType.FLOAT32, schema.TensorType.FLOAT64)
CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")


def read(content):
    """Parses the bytes of a LiteRT file into a `schema.ModelT`."""
    return schema.ModelT.InitFromPackedBuf(content, 0)


def write(model):
    """Serialises a `schema.ModelT`."""
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def operator_name(model, operator):
    """The name of an operation, such as "CONV_2D"; of a custom one the name it gives itself."""
    code = model.operatorCodes[operator.opcodeIndex]
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    if number == schema.BuiltinOperator.CUSTOM:
        return (code.customCode or b"?").decode()
    return OPERATORS[number]


def count_operators(content):
    """Counts the operations of a LiteRT file by name.

    Args:
        content: Bytes of the file.

    Returns:
        Dictionary from name to count, the most frequent first.

    Example:

    >>> count_operators(pathlib.Path("model.tflite").read_bytes())["CONV_2D"]
    9
    """
    model, counts = read(content), {}
    for graph in model.subgraphs:
        for operator in graph.operators:
            name = operator_name(model, operator)
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def refuse_custom(content):
    """Raises a `ValueError` that names the operations which are not LiteRT's own."""
    model = read(content)
    custom = sorted(
        (code.customCode or b"?").decode()
        for code in model.operatorCodes
        if code.builtinCode == schema.BuiltinOperator.CUSTOM
    )
    if custom:
        raise ValueError(
            f"The model needs operations that LiteRT does not have: {', '.join(custom)}."
        )


def refuse_float(content, kind):
    """Raises a `ValueError` that names operations which compute in float.

    Only the conversions at the input and at the output may.

    Args:
        content: Bytes of a file that claims to be quantised throughout.
        kind: Name of the format, for the message.
    """
    model = read(content)
    faults = set()
    for graph in model.subgraphs:
        ends = {int(index) for index in (*graph.inputs, *graph.outputs)}
        for operator in graph.operators:
            name = operator_name(model, operator)
            floats = {
                int(index)
                for index in (*operator.inputs, *operator.outputs)
                if index >= 0 and graph.tensors[index].type in FLOATS
            }
            if floats and not (name in CONVERSIONS and floats <= ends):
                faults.add(name)
    if faults - set(CONVERSIONS):
        faults -= set(CONVERSIONS)
    if faults:
        raise ValueError(
            f"The model cannot be written as {kind}: its operations {', '.join(sorted(faults))} "
            "would be computed in float."
        )


def narrow_biases(content):
    """Returns a 16-bit file whose convolutions add up in 32 bits, where that cannot overflow.

    The converter writes 64-bit biases, for which LiteRT has a slow kernel only. With 8-bit
    weights w and 16-bit activations no sum is larger than `2^15 sum |w| + |bias|`; where that
    is below 2^31 the results are those of the 64-bit kernel.
    """
    model = read(content)
    for graph in model.subgraphs:
        for operator in graph.operators:
            if operator_name(model, operator) != "CONV_2D" or len(operator.inputs) != 3:
                continue
            kernel, tensor = (graph.tensors[int(number)] for number in operator.inputs[1:3])
            if tensor.type != schema.TensorType.INT64:
                continue
            bias = np.frombuffer(bytes(model.buffers[tensor.buffer].data), np.int64)
            weights = np.frombuffer(bytes(model.buffers[kernel.buffer].data), np.int8)
            sums = np.abs(weights.reshape(len(bias), -1).astype(np.int64)).sum(axis=1)
            if (sums * 2**15 + np.abs(bias)).max() < 2**31:
                # A tensor of its own: the converter shares equal ones.
                operator.inputs = [*operator.inputs[:2], len(graph.tensors)]
                operator.builtinOptions.quantizedBiasType = schema.TensorType.INT32
                graph.tensors.append(copy.copy(tensor))
                graph.tensors[-1].type = schema.TensorType.INT32
                graph.tensors[-1].buffer = len(model.buffers)
                model.buffers.append(schema.BufferT())
                model.buffers[-1].data = list(bias.astype(np.int32).tobytes())
    return write(model)


def add_metadata(content, name, value):
    """Returns the file with a named entry of bytes in its metadata."""
    model = read(content)
    buffer = schema.BufferT()
    buffer.data = list(value)
    entry = schema.MetadataT()
    entry.name = name
    entry.buffer = len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    return write(model)


def join(first, second, sources):
    """Appends the operations of one file to another.

    Args:
        first: Bytes of a file with one input and one output.
        second: Bytes of a file with one output.
        sources: For each input of `second`, "input" or "output": what of `first` it takes.

    Returns:
        Bytes of a file from the input of `first` to the output of `second`.
    """
    first, second = read(first), read(second)
    graph, addition = first.subgraphs[0], second.subgraphs[0]
    ends = {"input": int(graph.inputs[0]), "output": int(graph.outputs[0])}
    numbers = {
        int(number): ends[source] for number, source in zip(addition.inputs, sources, strict=True)
    }
    code_offset, buffer_offset = len(first.operatorCodes), len(first.buffers)
    first.operatorCodes += second.operatorCodes
    first.buffers += second.buffers
    for number, tensor in enumerate(addition.tensors):
        if number not in numbers:
            numbers[number] = len(graph.tensors)
            tensor.buffer += buffer_offset
            graph.tensors.append(tensor)
    for operator in addition.operators:
        operator.opcodeIndex += code_offset
        operator.inputs = [numbers.get(int(number), int(number)) for number in operator.inputs]
        operator.outputs = [numbers[int(number)] for number in operator.outputs]
        graph.operators.append(operator)
    graph.outputs = [numbers[int(number)] for number in addition.outputs]
    first.signatureDefs = []
    return write(first)
