"""Gaussian gates in LiteRT files."""

from keras_restore.export import flatbuffer


def find_gates(model):
    """Finds the gates exp(-d^2) of a file.

    Args:
        model: A `schema.ModelT`.

    Returns:
        List of dictionaries of tensor numbers: `d`, `parts` of the sum that makes it, `square` for
        d^2, `negated` for -d^2 and `gate`, the result.

    Example:

    >>> gates = find_gates(flatbuffer.read(pathlib.Path("model.tflite").read_bytes()))
    """
    graph = model.subgraphs[0]
    producers = {int(operator.outputs[0]): operator for operator in graph.operators}

    def inputs(number, name):
        operator = producers.get(number)
        if operator is None or flatbuffer.operator_name(model, operator) != name:
            return None
        return [int(source) for source in operator.inputs]

    def parts(number):
        return [p for n in inputs(number, "ADD") or [] if n in producers for p in (n, *parts(n))]

    gates = []
    for gate in producers:
        negated = (inputs(gate, "EXP") or [None])[0]
        square = (inputs(negated, "MUL") or [None])[0]
        factors = inputs(square, "MUL")
        if factors and factors[0] == factors[1]:
            gates.append(
                {
                    "d": factors[0],
                    "parts": parts(factors[0]),
                    "square": square,
                    "negated": negated,
                    "gate": gate,
                }
            )
    return gates
