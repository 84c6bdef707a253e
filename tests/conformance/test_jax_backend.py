"""Layers, models and metrics work under JAX, without TensorFlow, and give TensorFlow's results."""

import json
import os
import subprocess
import sys

import cases
import keras
import numpy as np
import pytest
from conformance_inputs import model_input

WORKER = """
import json, sys
sys.modules["tensorflow"] = None
sys.path.insert(0, sys.argv[2])
import keras
import numpy as np
import cases
import keras_restore
from conformance_inputs import layer_inputs, layer_model, model_input

report = {"backend": keras.backend.backend()}
for i, case in enumerate(cases.LAYERS):
    inputs = layer_inputs(case)
    output = layer_model(case)(inputs if len(inputs) > 1 else inputs[0])
    report[f"layer{i}"] = bool(np.all(np.isfinite(np.asarray(output))))
for i, case in enumerate(cases.MODELS):
    data = np.load(f"{sys.argv[1]}/model{i}.npz")
    model = case.make()
    model.set_weights([data[f"weight{j}"] for j in range(len(model.weights))])
    x = model_input(case)
    outputs = keras.tree.flatten(model(x))
    expected = [data[f"output{j}"] for j in range(len(outputs))]
    report[f"model{i}"] = max(
        float(np.abs(np.asarray(output) - e).max() / np.abs(e).max())
        for output, e in zip(outputs, expected)
    )
model = keras_restore.models.xdncnn(depth=3, filters=4, kernel_size=3)
metrics = [keras_restore.metrics.PSNR(), keras_restore.metrics.SSIM()]
model.compile("adam", "mse", metrics=metrics)
clean = np.random.default_rng(0).uniform(size=(8, 16, 16, 1)).astype("float32")
history = model.fit(clean + 0.1, clean, epochs=5, verbose=0).history
report["losses"] = [float(loss) for loss in history["loss"]]
report["metrics"] = model.evaluate(clean + 0.1, clean, verbose=0, return_dict=True)
restored = model.predict(clean + 0.1, verbose=0)
report["psnr"] = float(np.mean(-10 * np.log10(np.mean((restored - clean) ** 2, axis=(1, 2, 3)))))
print(json.dumps(report))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    pytest.importorskip("jax", reason="needs jax: pip install 'keras-restore[jax]'")
    folder = tmp_path_factory.mktemp("jax")
    generator = np.random.default_rng(1)
    for i, case in enumerate(cases.MODELS):
        model = case.make()
        for weight in model.weights:
            weight.assign(generator.uniform(0.05, 0.15, weight.shape))
        outputs = keras.tree.flatten(model(model_input(case)))
        arrays = {f"weight{j}": w.numpy() for j, w in enumerate(model.weights)}
        arrays |= {f"output{j}": np.asarray(o) for j, o in enumerate(outputs)}
        np.savez(folder / f"model{i}.npz", **arrays)
    tests = os.path.dirname(cases.__file__)
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(folder), tests],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_runs_under_jax(report):
    assert report["backend"] == "jax"
    assert report["losses"][-1] < report["losses"][0]
    assert report["metrics"]["psnr"] == pytest.approx(report["psnr"], abs=1e-3)
    assert -1 < report["metrics"]["ssim"] < 1


@pytest.mark.parametrize("index", range(len(cases.LAYERS)))
def test_layer(report, index):
    assert report[f"layer{index}"] is True


@pytest.mark.parametrize("index", range(len(cases.MODELS)))
def test_model_equals_tensorflow(report, index):
    """Relative to the largest value: positive weights add up through a deep network."""
    assert report[f"model{index}"] < 1e-4
