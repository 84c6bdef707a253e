"""Saved files load, bit-equal, in a process that only imports keras_restore."""

import json
import subprocess
import sys

import cases
import keras
import numpy as np
import pytest
from conformance_inputs import layer_inputs, layer_model, model_input

ROWS = [
    *[(f"layer{i}_{case.name}", case) for i, case in enumerate(cases.LAYERS)],
    *[(f"model{i}_{case.name}", case) for i, case in enumerate(cases.MODELS)],
]
LOADER = """
import json, sys
import keras
import numpy as np
import keras_restore

folder, names = sys.argv[1], sys.argv[2:]
report = {}
for name in names:
    try:
        model = keras.saving.load_model(f"{folder}/{name}.keras", compile=False)
        data = np.load(f"{folder}/{name}.npz")
        inputs = [data[k] for k in sorted(data) if k.startswith("input")]
        outputs = keras.tree.flatten(model(keras.tree.pack_sequence_as(model.input, inputs)))
        expected = [data[k] for k in sorted(data) if k.startswith("output")]
        report[name] = all(np.array_equal(a, b) for a, b in zip(outputs, expected, strict=True))
    except Exception as error:
        report[name] = repr(error)
print(json.dumps(report))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    for name, case in ROWS:
        if isinstance(case, cases.LayerCase):
            model, inputs = layer_model(case), layer_inputs(case)
        else:
            model, inputs = case.make(), keras.tree.flatten(model_input(case))
        _randomize(model)
        outputs = keras.tree.flatten(model(keras.tree.pack_sequence_as(model.input, inputs)))
        model.save(folder / f"{name}.keras")
        arrays = {f"input{i}": a for i, a in enumerate(inputs)}
        arrays |= {f"output{i}": np.asarray(a) for i, a in enumerate(outputs)}
        np.savez(folder / f"{name}.npz", **arrays)
    command = [sys.executable, "-c", LOADER, str(folder), *[name for name, _ in ROWS]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _randomize(model):
    """Batch norm statistics too: a round trip that loses them must be seen."""
    generator = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(generator.uniform(0.1, 0.3, weight.shape))


@pytest.mark.parametrize("name", [name for name, _ in ROWS])
def test_loads_bit_equal(report, name):
    assert report[name] is True
