"""Every flag of every recipe changes what it says: the recipes run up to the training itself."""

import pathlib
import runpy
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from PIL import Image

import keras_restore.recipe  # noqa: F401  (its modules are patched)
from keras_restore import degradations, layers, models, training

RECIPES = pathlib.Path(__file__).parents[2] / "recipes"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Three pictures, two pairs, lists of names, kernels and a trained network."""
    root = tmp_path_factory.mktemp("places")
    generator = np.random.default_rng(0)
    for name in (
        "train/a",
        "train/b",
        "train/c",
        "more/d",
        "val/e",
        "pairs/f_mean",
        "pairs/f_real",
    ):
        path = root / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(generator.integers(0, 256, (48, 56, 3), np.uint8)).save(path)
    (root / "list.txt").write_text("a.png\nc.png\n")
    (root / "without.txt").write_text("b.png\n")
    kernels = {"k1": generator.random((3, 5)), "k2": generator.random((5, 3))}
    np.savez(root / "kernels.npz", **{k: v / v.sum() for k, v in kernels.items()})
    model = models.xdncnn(1, depth=3, filters=4)
    model.set_weights([generator.uniform(0.1, 1, w.shape) for w in model.weights])
    model.save(root / "start.keras")
    return root


@pytest.fixture
def run(places, tmp_path, monkeypatch):
    """A function of a recipe and arguments that returns what the training would receive."""

    def call(recipe, *arguments, without=()):
        given = {
            "train_dir": places / "train",
            "val_dir": places / "val",
            "workdir": tmp_path / "run",
            "patch_size": 24,
        }
        asked = {a.removeprefix("--").partition("=")[0] for a in arguments} | set(without)
        given = [f"--{name}={value}" for name, value in given.items() if name not in asked]
        if not {"filters", "model"} & asked and recipe != "super_resolve":
            given += ["--filters=4"]
        arguments = [a.format(root=places, tmp=tmp_path) for a in arguments]
        seen = types.SimpleNamespace()

        def train(model, images, degradation, **settings):
            vars(seen).update(settings, model=model, images=images, degradation=degradation)
            seen.strategy = tf.distribute.get_strategy()
            seen.policy = keras.config.dtype_policy().name
            seen.names = [pathlib.Path(name).stem for name in images.names]
            seen.sets = [(e.name, e.protocol.name) for e in seen.evaluations]
            return training.Result(scores={}, seconds=0.0, steps=settings["steps"])

        def write_artifacts(model, directory, card):
            assert model is seen.model and directory == seen.workdir.path
            seen.card = card.to_json()

        path = RECIPES / f"{recipe}.py"
        experiment = sys.modules["keras_restore.recipe.experiment"]
        monkeypatch.setattr(experiment, "train", train)
        monkeypatch.setattr(experiment, "write_artifacts", write_artifacts)
        monkeypatch.setattr(sys, "argv", [str(path), *given, *arguments])
        policy = keras.config.dtype_policy()
        before = forget_flags()
        try:
            with pytest.raises(SystemExit) as end:
                runpy.run_path(str(path), run_name="__main__")
            assert not end.value.code, end.value.code
            seen.defined = set(flags.FLAGS) - before
        finally:
            forget_flags()
            keras.config.set_dtype_policy(policy)
        return seen

    return call


def forget_flags():
    """Takes the flags of recipes out of absl's global set and returns the names of what is left."""
    for module, defined in flags.FLAGS.flags_by_module_dict().items():
        if module.endswith(".py") or module.startswith("keras_restore"):
            for flag in list(defined):
                if flag.name in flags.FLAGS:
                    delattr(flags.FLAGS, flag.name)
    return set(flags.FLAGS)


def degrades_as(seen, reference, channels=3):
    """Whether the run's degradation is the reference, on made-up images."""
    clean = np.random.default_rng(1).random((2, 24, 24, channels), np.float32)
    ours, theirs = (np.asarray(d(clean, (3, 4))) for d in (seen.degradation, reference))
    return ours.shape == theirs.shape and np.array_equal(ours, theirs)


def rates(seen):
    """The learning rate at the start, in the middle and at the end."""
    rate = seen.optimizer._learning_rate
    steps = (0, seen.steps // 2, seen.steps)
    if not isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        return [float(rate)] * 3
    return [float(rate(step)) for step in steps]


def first_kernel(seen):
    return np.asarray(seen.model.get_layer("conv1").kernel)


def spread_of_he(seen):
    kernel = first_kernel(seen)
    return np.std(kernel) / np.sqrt(2 / np.prod(kernel.shape[:3]))


def clipped_rain(**settings):
    rain = degradations.Rain(
        **{
            **{"density": (0.002, 0.01), "length": (9.0, 27.0), "width": (0.7, 2.0)},
            **{"angle": (60.0, 120.0), "intensity": (0.2, 0.7)},
            **settings,
        }
    )
    return lambda clean, seed: np.clip(rain(clean, seed), 0, 1)


def optimizer_is(kind, **values):
    return lambda s: (
        type(s.optimizer) is kind
        and all(getattr(s.optimizer, name) == value for name, value in values.items())
    )


# Recipe, arguments, what must hold of what the training receives.
ROWS = [
    ("denoise", "--train_dir={root}/train --train_dir={root}/more",
     lambda s: s.names == ["a", "b", "c", "d"] and s.card["data"] == ["train", "more"]),
    ("denoise", "--train_list={root}/list.txt", lambda s: s.names == ["a", "c"]),
    ("denoise", "--leave_out={root}/without.txt", lambda s: s.names == ["a", "c"]),
    ("denoise", "--val_dir={root}/val --val_dir={root}/more",
     lambda s: s.sets == [("val", "gray_sigma25"), ("more", "gray_sigma25")]),
    ("denoise", "--workdir={tmp}/other", lambda s: s.workdir.path.name == "other"),
    ("denoise", "--steps=300 --log_every=100", lambda s: (s.steps, s.card["steps"]) == (300, 300)),
    ("denoise", "--batch_size=7", lambda s: s.batch_size == 7),
    ("denoise", "--patch_size=33", lambda s: s.patch_size == 33),
    ("denoise", "--log_every=50", lambda s: s.log_every == 50),
    ("denoise", "--eval_every=500", lambda s: s.eval_every == 500),
    ("denoise", "--loss=mae", lambda s: s.loss == "mae"),
    ("denoise", "--loss=half_summed_square",
     lambda s: isinstance(s.loss, training.HalfSummedSquare)),
    ("denoise", "--init=he_normal --filters=64", lambda s: 0.9 < spread_of_he(s) < 1.1),
    ("denoise", "--filters=64", lambda s: not 0.9 < spread_of_he(s) < 1.1),
    ("denoise", "--start_from={root}/start.keras --depth=3", lambda s: first_kernel(s).min() > 0.1),
    ("denoise", "--optimizer=sgd", optimizer_is(keras.optimizers.SGD, momentum=0.9)),
    ("denoise", "--optimizer=adamw --weight_decay=0.02",
     optimizer_is(keras.optimizers.AdamW, weight_decay=0.02)),
    ("denoise", "--optimizer=muon --weight_decay=0.02",
     optimizer_is(training.Muon, weight_decay=0.02, adam_weight_decay=0.02)),
    ("denoise", "--optimizer=muon",
     optimizer_is(training.Muon, weight_decay=None, adam_weight_decay=None)),
    ("denoise", "--clipnorm=0.5", optimizer_is(keras.optimizers.Adam, clipnorm=0.5)),
    ("denoise", "--ema=0.9", optimizer_is(keras.optimizers.Adam, use_ema=True, ema_momentum=0.9)),
    ("denoise", "",
     optimizer_is(keras.optimizers.Adam, use_ema=False, clipnorm=None, weight_decay=None)),
    ("denoise", "--schedule=constant --learning_rate=0.2",
     lambda s: rates(s) == pytest.approx([0.2] * 3)),
    ("denoise", "--learning_rate=0.1 --final_learning_rate=0.001",
     lambda s: rates(s) == pytest.approx([0.1, 0.01, 0.001], rel=1e-4)),
    ("denoise", "--schedule=cosine --learning_rate=0.1 --final_learning_rate=0.02",
     lambda s: rates(s) == pytest.approx([0.1, 0.06, 0.02], rel=1e-4)),
    ("denoise", "--schedule=staircase --learning_rate=0.1 --final_learning_rate=0.001 --steps=300",
     lambda s: [float(s.optimizer._learning_rate(i)) for i in (99, 100, 199, 200)]
     == pytest.approx([0.1, 0.01, 0.01, 0.001], rel=1e-4)),
    ("denoise", "--strategy=mirrored",
     lambda s: isinstance(s.strategy, tf.distribute.MirroredStrategy)),
    ("denoise", "--mixed_precision=bfloat16", lambda s: s.policy == "mixed_bfloat16"),
    ("denoise", "--mixed_precision=float16", lambda s: s.policy == "mixed_float16"),
    ("denoise", "--placement=device", lambda s: s.placement == "device"),
    ("denoise", "--smoke", lambda s: (s.steps, s.batch_size, s.patch_size) == (4, 2, 24)),
    ("denoise", "--model=dncnn --depth=5",
     lambda s: s.model.name.startswith("dncnn") and len(convolutions(s.model)) == 5),
    ("denoise", "--filters=6", lambda s: s.model.get_layer("conv1").filters == 6),
    ("denoise", "--channels=3 --sigma=25",
     lambda s: s.model.input_shape[-1] == 3 and s.sets == [("val", "color_sigma25")]
     and next(iter(s.images))[1].shape[-1] == 3 and s.card["task"] == "colour denoising"),
    ("denoise", "--sigma=40",
     lambda s: degrades_as(s, degradations.GaussianNoise(40))
     and s.sets == [("val", "gray_sigma40")]),
    ("denoise", "--sigma=0,55",
     lambda s: degrades_as(s, degradations.GaussianNoise((0, 55)))
     and [protocol for _, protocol in s.sets] == [f"gray_sigma{n}" for n in (15, 25, 50)]),
    ("super_resolve", "--scale=2",
     lambda s: degrades_as(s, degradations.BicubicDownUp(2, round_to_8_bits=True), 1)
     and s.sets == [("val", "luma_x2")] and s.card["upscale"] == 2),
    ("super_resolve", "--scale=2,4",
     lambda s: degrades_as(s, degradations.BicubicDownUp((2, 4), round_to_8_bits=True), 1)
     and [p for _, p in s.sets] == ["luma_x2", "luma_x3", "luma_x4"]),
    ("super_resolve", "--model=srresnet --scale=2",
     lambda s: degrades_as(s, degradations.BicubicDownsample(2, round_to_8_bits=True))
     and s.sets == [("val", "rgb_x2")] and s.model.input_shape[-1] == 3),
    ("super_resolve", "--residual",
     lambda s: isinstance(s.model.layers[-1], layers.ResidualOutput)),
    ("super_resolve", "",
     lambda s: not isinstance(s.model.layers[-1], layers.ResidualOutput)),
    ("deblock", "--quality=30",
     lambda s: degrades_as(s, degradations.Jpeg(30), 1) and s.sets == [("val", "luma_q30")]),
    ("deblock", "--quality=5,99",
     lambda s: degrades_as(s, degradations.Jpeg((5, 99)), 1) and len(s.sets) > 1),
    ("deblur", "--radius=4", lambda s: degrades_as(s, degradations.DiskBlur(4))
     and s.sets == [("val", "blur_disk_4")]),
    ("deblur", "--kernel=motion --length=9",
     lambda s: degrades_as(s, degradations.MotionBlur(9, 45))),
    ("deblur", "--kernel=motion --angle=10",
     lambda s: degrades_as(s, degradations.MotionBlur(15, 10))),
    ("deblur", "--kernel=gaussian --blur_sigma=1.1",
     lambda s: degrades_as(s, degradations.GaussianBlur(1.1))),
    *(
        ("derain", f"--{name}={value}",
         lambda s, name=name, number=number: degrades_as(s, clipped_rain(**{name: number})))
        for name, value, number in [
            ("density", "0.03", 0.03), ("length", "5,9", (5.0, 9.0)), ("width", "3", 3.0),
            ("angle", "20", 20.0), ("intensity", "0.9", 0.9), ("layers", "3", 3),
            ("blending", "screen", "screen"),
        ]
    ),
    ("inpaint", "--font_size=14",
     lambda s: degrades_as(s, degradations.Text(14, count=(1, 4), characters=(3, 12)))
     and s.sets == [("val", "text_14")]),
    ("inpaint", "--damage=scratches",
     lambda s: s.card["task"] == "removal of scratches" and "Scratches" in repr(s.degradation)),
    ("general", "", lambda s: degrades_as(s, degradations.OneOf([
        degradations.GaussianNoise((0, 55)),
        degradations.BicubicDownUp((2, 4), round_to_8_bits=True),
        degradations.Jpeg((5, 99)),
    ]), 1)),
    ("photo", "", lambda s: [x.name for x in s.model.inputs] == ["degraded", "sigma"]),
]  # fmt: skip


def convolutions(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


@pytest.mark.parametrize(
    ("recipe", "arguments", "holds"), ROWS, ids=[f"{r} {a}".strip() for r, a, _ in ROWS]
)
def test_flag(run, recipe, arguments, holds):
    assert holds(run(recipe, *arguments.split()))


def test_the_seed_changes_weights_and_draws(run, tmp_path):
    one, two, again = (
        run("denoise", f"--seed={seed}", "--depth=3", f"--workdir={tmp_path / str(i)}")
        for i, seed in enumerate((1, 2, 1))
    )
    assert (one.seed, two.seed) == (1, 2)
    assert not np.array_equal(first_kernel(one), first_kernel(two))
    np.testing.assert_array_equal(first_kernel(one), first_kernel(again))


def test_a_kernel_of_a_file(run, places):
    seen = run("deblur", "--kernel={root}/kernels.npz", "--kernel_name=k2")
    assert degrades_as(seen, degradations.Blur(np.load(places / "kernels.npz")["k2"]))
    assert seen.sets == [("val", "blur_k2")]


def test_tensorboard(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", types.ModuleType("tensorboard"))
    (callback,) = run("denoise", "--tensorboard").callbacks
    assert isinstance(callback, keras.callbacks.TensorBoard)


def test_pairs_take_the_place_of_images(run, places):
    seen = run("denoise", "--pairs_dir={root}/pairs", "--channels=3", without=("train_dir",))
    assert seen.card["degradation"] == "given pairs" and seen.card["data"] == ["pairs"]
    degraded, clean = seen.degradation(seen.images[0][1][None], (0, 0))
    for pixels, name in ((degraded, "real"), (clean, "mean")):
        picture = np.asarray(Image.open(places / "pairs" / f"f_{name}.png"))
        np.testing.assert_array_equal(np.round(np.asarray(pixels[0]) * 255), picture)


def test_no_flag_without_a_row(run):
    """A new flag needs a row above."""
    tested = {}
    for recipe, arguments, _ in ROWS:
        names = {a.removeprefix("--").partition("=")[0] for a in arguments.split()}
        tested.setdefault(recipe, set()).update(names)
    shared = tested["denoise"] | {"seed", "pairs_dir", "tensorboard", "kernel_name"}
    # tests/training/test_processes.py
    shared |= {"processes", "process_id", "coordinator"}
    for recipe in tested:
        own = tested[recipe] | shared | {"preset"}
        missing = run(recipe, f"--workdir={{tmp}}/{recipe}").defined - own
        assert not missing, f"recipes/{recipe}.py: no row for {', '.join(sorted(missing))}"
