"""The examples of the docstrings run, and print what they say."""

import copy
import doctest
import importlib
import pathlib
import pkgutil

import docstring_names
import pytest

import keras_restore
from keras_restore.graph import rules
from keras_restore.inference.engines import ENGINES

MODULES = [
    module.name
    for module in pkgutil.walk_packages(keras_restore.__path__, "keras_restore.")
    if not module.name.endswith("__main__")
]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# Examples that show what a test machine lacks: archives, published files, flags, a long training.
ELSEWHERE = {
    "commands.serve_command.page_server",
    "data.benchmark_set.BenchmarkSet",
    "data.tfds.archive_builders.Camvid",
    "data.tfds.archive_builders.Cifar10Archive",
    "data.tfds.image_builder.Bsds500",
    "data.tfds.image_builder.ImageBuilder",
    "data.tfds.pair_builder.PairBuilder",
    "data.tfds_reader.TfdsReader",
    "evaluation.candidate.candidate",
    "evaluation.comparators.bm3d",
    "evaluation.image_source.image_source",
    "evaluation.measure.measure",
    "evaluation.report.report",
    "export.measure.measure",
    "evaluation.session.evaluate_models",
    "export.onnx.onnx",
    "inference.onnx_predictor.ONNXPredictor",
    "inference.openvino_predictor.OpenVINOPredictor",
    "hdf5_values.read_hdf5",
    "published.load.load",
    "published.reader.read",
    "recipe.experiment.experiment",
    "recipe.flags.number_or_range",
    "recipe.joint_results.JointResults",
    "recipe.study.run_study",
    "training.vision_network.application",
    "training.vision_network.check_vision_network",
}


class Checker(doctest.OutputChecker):
    """Asks nothing of the output of an example that writes none."""

    def check_output(self, want, got, flags):
        return not want or super().check_output(want, got, flags)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    docstring_names.write_files(folder, pathlib.Path(__file__).parents[1])
    return folder


@pytest.fixture
def registers():
    """What examples register stays in the example."""
    kept = [(register, copy.copy(register)) for register in (ENGINES, rules.RULES)]
    yield
    for register, before in kept:
        register.clear()
        register.extend(before) if isinstance(register, list) else register.update(before)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, folder, registers, monkeypatch):
    if "video" in name:
        pytest.importorskip("av")
    if name.startswith("keras_restore.beam"):
        pytest.importorskip("apache_beam")
    monkeypatch.chdir(folder)
    module = importlib.import_module(name)
    tests = doctest.DocTestFinder().find(module, module=module)
    runner = doctest.DocTestRunner(Checker(), verbose=False, optionflags=OPTIONS)
    for test in tests:
        if test.examples and test.name.removeprefix("keras_restore.") not in ELSEWHERE:
            names = docstring_names.of_package(name.split(".")[1])
            test.globs = names | test.globs
            runner.run(test, clear_globs=False)
    assert not runner.failures
