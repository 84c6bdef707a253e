"""The studies: what they leave, what they say of a network that diverges, and how they continue."""

import json
import pathlib

import forked
import keras
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image

from keras_restore import data, degradations, models, protocols, recipe, training

RECIPES = pathlib.Path(__file__).parents[2] / "recipes"
EXPORTS = {"model.keras", "saved_model", "model.tflite", "card.json"}
RESULTS = {"results.md", "results.csv", "results.json", "settings.json"}


def call(recipe, *arguments):
    return forked.call(RECIPES / f"{recipe}.py", *arguments)


def smoke(path, recipe, *arguments):
    done = call(recipe, "--smoke", f"--workdir={path}", *arguments)
    assert done.returncode == 0, done.stderr
    assert {p.name for p in path.iterdir()} >= RESULTS
    assert not list(path.rglob("*.partial"))
    return json.loads((path / "results.json").read_text())


@pytest.mark.parametrize(
    ("recipe", "arguments", "networks"),
    [
        ("red_study", ["--study=skips"], {"red6_plain", "red6_skips"}),
        ("dncnn_study", [], {"rl_bn", "rl_plain", "direct_bn", "direct_plain"}),
        pytest.param(
            "xunit_study",
            ["--study=designs"],
            {
                *("conv_net_d2", "bn_rl_cd_bn_gs_d2", "rl_cd_bn_gs_d2", "bn_rl_cd_gs_d2"),
                *("rl_cd_gs_d2", "bn_rl_cd_bn_sg_d2", "bn_rl_cd_d2"),
            },
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "red_study",
            ["--study=strides"],
            {"red10_skips", "red10_skips_conv1", "red10_skips_conv5"},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_smoke(tmp_path, recipe, arguments, networks):
    results = smoke(tmp_path, recipe, *arguments)
    assert {row["network"] for row in results["rows"]} == networks
    best = max(results["rows"], key=lambda row: next(v for k, v in row.items() if "psnr" in k))
    assert {p.name for p in (tmp_path / best["network"]).iterdir()} >= EXPORTS
    assert (tmp_path / "curves.png").exists()


def test_parameters_against_conv_nets_of_twice_the_size(tmp_path):
    results = smoke(tmp_path, "xunit_study", "--depths=2,3", "--conv_depths=3,4", "--kernels=3")
    counts = {row["network"]: row["parameters"] for row in results["rows"]}
    # 4 filters; ConvNet: 9*4 + 2*4, then 9*16 + 2*4 each, then 9*4 + 1. xNet: convolutions with
    # biases, xUnits of (9 + 5) * 4.
    assert counts == {"conv_net_d3": 233, "conv_net_d4": 385, "xnet_k3_d2": 133, "xnet_k3_d3": 337}
    (sentence,) = [remark for remark in results["remarks"] if "times as many" in remark]
    assert sentence.startswith("xnet_k3_d2 (133") and "conv_net_d4" in sentence
    assert "2.9 times" in sentence


def test_share_of_the_activations(tmp_path):
    results = smoke(tmp_path, "xunit_study", "--study=activations", "--kernels=0,5")
    conv_net, xnet = results["rows"]
    assert conv_net["share"] == 0.0
    filters = xnet["filters"]
    units = (25 + 4 + 1) * filters
    assert xnet["parameters"] == (9 + 1) * filters + units + 9 * filters + 1
    assert xnet["share"] == pytest.approx(100 * units / xnet["parameters"])
    # One filter more or less changes the total by 49 of the smoke budget of 1000.
    assert abs(xnet["parameters"] - 1000) <= 25


def test_maps(tmp_path):
    results = smoke(tmp_path, "xunit_study", "--study=maps")
    assert [row["layer"] for row in results["rows"]] == ["xunit1", "xunit2"]
    assert all(0 < row["mean gate"] <= 1 for row in results["rows"])
    assert (tmp_path / "maps_xunit2.png").exists()


@pytest.mark.parametrize(
    ("recipe", "arguments", "message"),
    [
        ("xunit_study", ["--smoke", "--depths=3,x"], "--depths"),
        ("xunit_study", ["--smoke", "--depths="], "at least one number"),
        ("red_study", ["--smoke", "--depths=7"], "even"),
        ("dncnn_study", ["--smoke", "--sigma=-1"], "sigma"),
    ],
)
def test_bad_input_is_refused_before_work(tmp_path, recipe, arguments, message):
    done = call(recipe, *arguments, f"--workdir={tmp_path / 'new'}")
    assert done.returncode != 0
    assert message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.fixture
def study():
    """A function of a directory and networks that runs them as a recipe's flags say."""
    if "learning_rate" not in flags.FLAGS:
        recipe.define_flags(steps=4, batch_size=2, patch_size=8)
    flags.FLAGS(["recipe"])
    images = data.synthetic_images(2, 24)
    evaluations = [training.Evaluation("made_up", images, protocols.gray_denoising(25))]

    def run(path, networks, evaluations=evaluations):
        noise = degradations.GaussianNoise(25)
        with flagsaver.flagsaver(
            workdir=str(path),
            **{"steps": 4, "log_every": 2, "eval_every": 2, "batch_size": 2, "patch_size": 8},
        ):
            return recipe.run_study(networks, images, noise, evaluations)

    return run


def small_network(name="good", build=lambda: models.xnet(depth=2, filters=4, kernel_size=3)):
    return recipe.StudyNetwork(name, build, {"depth": 2})


def test_panels_stand_side_by_side(tmp_path):
    panel = recipe.Panel("PSNR", "parameters", "dB", {"xNet": [(49_153, 29.2)]})
    for name, panels in (("one", [panel]), ("three", [panel] * 3)):
        recipe.save_panels(tmp_path / f"{name}.png", panels)
    with Image.open(tmp_path / "one.png") as one, Image.open(tmp_path / "three.png") as three:
        assert three.size == (3 * one.width, one.height)


def test_a_diverged_network_is_named_and_the_next_follows(tmp_path, study):
    def explodes():
        model = models.xnet(depth=2, filters=4, kernel_size=3)
        kernel = model.get_layer("conv1").kernel
        kernel.assign(keras.ops.full(kernel.shape, np.nan))
        return model

    workdir, outcomes = study(tmp_path, [small_network("bad", explodes), small_network()])
    bad, good = outcomes
    assert "loss is nan" in bad.diverged and bad.model is None and not good.diverged
    assert recipe.best_of(outcomes) is good
    recipe.write_results(workdir, "Study", [outcome.row() for outcome in outcomes])
    text = (tmp_path / "results.md").read_text()
    assert "diverged: The loss is nan" in text and "seed=0" in text
    with pytest.raises(FloatingPointError, match="All networks"):
        recipe.best_of([bad])


def test_a_stopped_study_continues_to_the_same_end(tmp_path, study):
    asked_to_stop = iter([False, True])

    def stops():
        if next(asked_to_stop):
            raise KeyboardInterrupt
        return models.xnet(depth=2, filters=4, kernel_size=3)

    networks = [small_network("first"), small_network("second")]
    with pytest.raises(KeyboardInterrupt):
        study(tmp_path / "a", [networks[0], small_network("second", stops)])
    first = tmp_path / "a" / "first" / "checkpoint.weights.h5"
    written = first.stat().st_mtime_ns
    _, continued = study(tmp_path / "a", networks)
    _, uninterrupted = study(tmp_path / "b", networks)
    assert first.stat().st_mtime_ns == written
    for one, other in zip(continued, uninterrupted, strict=True):
        for mine, theirs in zip(one.model.weights, other.model.weights, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_what_a_study_cannot_compare_is_refused(tmp_path, study):
    with pytest.raises(ValueError, match="must differ"):
        study(tmp_path / "new", [small_network(), small_network()])
    with pytest.raises(ValueError, match="--val_dir"):
        study(tmp_path / "new", [small_network()], evaluations=[])
    assert not (tmp_path / "new").exists()
