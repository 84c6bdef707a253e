"""The parts of an xUnit; what it computes is in tests/conformance."""

from keras_restore.layers import XUnit


def test_the_parts_have_names_and_the_precision_of_the_whole():
    unit = XUnit(3, input_batch_norm=True, dtype="mixed_bfloat16")
    parts = (unit.input_norm, unit.depthwise, unit.gate_norm)
    assert [part.name for part in parts] == ["input_norm", "depthwise", "gate_norm"]
    assert {part.dtype_policy.name for part in parts} == {"mixed_bfloat16"}
