"""Everything public has a row in the case tables, a docstring and an example."""

import inspect

import cases
import degradation_cases
import pytest

from keras_restore import degradations, layers, models

# Bases, which are tested through their subclasses.
ABSTRACT = {"Degradation"}
# Operators that take other objects; they have tests of their own.
PUBLIC = [
    *[(layers, name) for name in layers.__all__],
    *[(models, name) for name in models.__all__],
    *[(degradations, name) for name in degradations.__all__ if name not in ABSTRACT],
]


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=[name for _, name in PUBLIC])
def test_has_a_row(module, name):
    rows = {
        layers: cases.LAYERS,
        models: cases.MODELS,
        degradations: degradation_cases.DEGRADATIONS,
    }[module]
    assert name in {row.name for row in rows}, f"add a row for {name} to the case tables"


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=[name for _, name in PUBLIC])
def test_docstring(module, name):
    documented = getattr(module, name)
    text = inspect.getdoc(documented) or ""
    assert "Example" in text and ">>>" in text
    parameters = inspect.signature(documented).parameters.values()
    named = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    undocumented = [p for p in named if p not in ("dtype", "name") and f"{p}" not in text]
    assert not undocumented or "See `" in text
