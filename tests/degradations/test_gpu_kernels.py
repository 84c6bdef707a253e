import degradation_cases
import pytest
import tensorflow as tf
from tensorflow.python.framework import kernels

# Inputs, and calls of functions whose own operations are checked.
STRUCTURAL = {"Placeholder", "NoOp", "PartitionedCall", "StatefulPartitionedCall"}


@pytest.mark.parametrize("case", degradation_cases.DEGRADATIONS, ids=lambda case: case.name)
def test_every_operation_has_a_gpu_kernel(case):
    """For the types that the graph gives it, with all sizes unknown."""
    if not any(k.device_type == "GPU" for k in _kernels("Conv2D")):
        pytest.skip("this TensorFlow was built without GPU kernels (tensorflow-cpu)")
    degradation = case.make()
    spec = tf.TensorSpec((None, None, None, case.channels[-1]), tf.float32)
    graph = tf.function(
        lambda clean, seed: degradation(clean, seed),
        input_signature=[spec, tf.TensorSpec((2,), tf.int32)],
    ).get_concrete_function()
    definition = graph.graph.as_graph_def()
    nodes = [*definition.node, *(n for f in definition.library.function for n in f.node_def)]
    assert len(nodes) > 5
    lacking = {n.op for n in nodes if n.op not in STRUCTURAL and not _runs_on_gpu(n)}
    assert not lacking


def test_the_check_finds_what_is_lacking():
    def graph(function, *specs):
        concrete = tf.function(function, input_signature=specs).get_concrete_function()
        return concrete.graph.as_graph_def().node

    image = tf.TensorSpec((8, 8, 3), tf.uint8)
    assert not all(_runs_on_gpu(n) for n in graph(tf.io.encode_jpeg, image))
    rates = tf.TensorSpec((5,))
    poisson = graph(lambda x: tf.random.stateless_poisson([5], [1, 2], x), rates)
    assert not all(_runs_on_gpu(n) for n in poisson)
    # Of another type than those registered.
    words = tf.TensorSpec((5,), tf.string)
    assert not all(_runs_on_gpu(n) for n in graph(lambda x: tf.gather(x, [0, 1]) + "a", words))


def _kernels(name):
    return kernels.get_registered_kernels_for_op(name).kernel


def _runs_on_gpu(node):
    def fits(kernel):
        return kernel.device_type in ("GPU", "DEFAULT") and all(
            node.attr[c.name].type in c.allowed_values.list.type
            for c in kernel.constraint
            if c.allowed_values.list.type and node.attr[c.name].type
        )

    return any(fits(kernel) for kernel in _kernels(node.op))
