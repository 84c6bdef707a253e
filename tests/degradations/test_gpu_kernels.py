import degradation_cases
import pytest
import tensorflow as tf
from tensorflow.python.framework import kernels

# Inlined before execution, or computed on the host in any graph.
STRUCTURAL = {
    "Placeholder",
    "NoOp",
    "PartitionedCall",
    "StatefulPartitionedCall",
    "SymbolicGradient",
}


@pytest.mark.parametrize("case", degradation_cases.DEGRADATIONS, ids=lambda case: case.name)
def test_every_operation_has_a_gpu_kernel(case):
    if not _has_gpu_kernel("Conv2D"):
        pytest.skip("this TensorFlow was built without GPU kernels (tensorflow-cpu)")
    degradation = case.make()
    spec = tf.TensorSpec((None, None, None, case.channels[-1]), tf.float32)
    graph = tf.function(
        lambda clean, seed: degradation(clean, seed),
        input_signature=[spec, tf.TensorSpec((2,), tf.int32)],
    ).get_concrete_function()
    graphs = [graph.graph, *graph.graph._functions.values()]
    names = {o.type for g in graphs if hasattr(g, "get_operations") for o in g.get_operations()}
    names |= {
        node.op
        for function in graph.graph.as_graph_def().library.function
        for node in function.node_def
    }
    lacking = sorted(n for n in names - STRUCTURAL if not _has_gpu_kernel(n))
    assert not lacking


def test_the_check_finds_what_is_lacking():
    assert not _has_gpu_kernel("EncodeJpeg")
    assert not _has_gpu_kernel("StatelessRandomPoisson")


def _has_gpu_kernel(name):
    registered = kernels.get_registered_kernels_for_op(name).kernel
    return any(kernel.device_type in ("GPU", "DEFAULT") for kernel in registered)
