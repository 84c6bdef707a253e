"""What the machine says about itself."""

import types

import keras
import pytest

from keras_restore import machine, recipe
from keras_restore.cli import main

X86 = "processor\t: 0\nmodel name\t: A Processor\nflags\t\t: fpu sse2 {}\n\nprocessor\t: 1\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd {}\n"


@pytest.fixture
def processor(tmp_path, monkeypatch):
    def describe(text):
        (tmp_path / "cpuinfo").write_text(text)
        monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")

    return describe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (X86.format("avx512f avx512_bf16"), True),
        (X86.format("amx_bf16"), True),
        (X86.format("avx512f"), False),
        (ARM.format("bf16"), True),
        (ARM.format(""), False),
    ],
)
def test_bfloat16(processor, text, expected):
    processor(text)
    assert machine.has_bfloat16() is expected


def test_elsewhere_than_on_linux(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "absent")
    assert machine.has_bfloat16() is None
    assert machine.machine().endswith("cores")


def test_name(processor):
    processor(X86.format(""))
    assert machine.machine().startswith("A Processor, ")


@pytest.mark.parametrize(("text", "word"), [("avx512_bf16", "yes"), ("", "no")])
def test_doctor_says_whether_bfloat16_is_worth_it(processor, capsys, text, word):
    processor(X86.format(text))
    main(["doctor"])
    assert f"bfloat16 on the processor: {word}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("precision", "features", "said"),
    [
        ("bfloat16", "avx512_bf16", False),
        ("bfloat16", "", True),
        ("float16", "avx512_bf16", True),
        ("none", "", False),
    ],
)
def test_a_recipe_sets_the_precision_and_says_when_it_is_slow(
    processor, monkeypatch, capsys, precision, features, said
):
    processor(X86.format(features))
    chosen = types.SimpleNamespace(mixed_precision=precision, seed=0)
    monkeypatch.setattr(recipe.flags.flags, "FLAGS", chosen)
    before = keras.config.dtype_policy()
    try:
        recipe.flags.set_up()
        assert keras.config.dtype_policy().name == recipe.flags.POLICIES[precision]
    finally:
        keras.config.set_dtype_policy(before)
    assert ("float32 (none) is faster" in capsys.readouterr().err) == said
