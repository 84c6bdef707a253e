"""Every flag of every recipe changes what it says: the recipes run up to the training itself."""

import importlib.util
import json
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
from keras_restore import data, degradations, layers, models, protocols, training
from keras_restore.training import vision_network

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
    told = models.fxdncnn(1, depth=3, filters=4)
    told.set_weights([np.ones(w.shape) for w in told.weights])
    told.save(root / "told.keras")
    for part in ("train", "trainannot", "others", "val", "valannot"):
        (root / "maps" / part).mkdir(parents=True, exist_ok=True)
        for i, name in enumerate("ab"):
            pixels = np.full((30, 36), {"others": 2}.get(part, i), np.uint8)
            image = np.dstack([pixels * 80] * 3) if part in ("train", "val") else pixels
            Image.fromarray(image).save(root / "maps" / part / f"{name}.png")
    (root / "one.txt").write_text("b\n")
    vision_network.small_vgg(3, 5).save(root / "vision.keras")
    (root / "cross" / "joint_sigma30").mkdir(parents=True)
    models.dncnn(3, depth=2, filters=3).save(root / "cross" / "joint_sigma30" / "model.keras")
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
        if recipe == "joint_vision" and "train_dir" not in asked:
            asked |= {"train_dir", "val_dir", "patch_size"}
            given["smoke"] = True
        given = [f"--{name}={value}" for name, value in given.items() if name not in asked]
        if not {"filters", "model"} & asked and recipe != "super_resolve":
            given += ["--filters=4"]
        arguments = [a.format(root=places, tmp=tmp_path) for a in arguments]
        seen = types.SimpleNamespace(trainings={}, measured=[], path=tmp_path / "run")

        def train(model, images, degradation, **settings):
            one = types.SimpleNamespace(**settings, model=model, degradation=degradation)
            one.images, one.strategy = images, tf.distribute.get_strategy()
            one.policy = keras.config.dtype_policy().name
            one.names = [pathlib.Path(name).stem for name in images.names]
            one.sets = [(e.name, e.protocol.name) for e in one.evaluations]
            seen.trainings[one.workdir.path.name] = one
            vars(seen).update(vars(one))
            one.workdir.write_log(
                [{"step": 1, "seconds": 90, "loss": 1}], ["step", "seconds", "loss"]
            )
            # The last network of a study is the best.
            number = 20.0 + len(seen.trainings)
            scores = {e.label: dict.fromkeys(e.metrics, number) for e in one.evaluations}
            return training.Result(scores, seconds=90.4, steps=one.steps)

        def write_artifacts(model, directory, card):
            assert directory == seen.workdir.path
            assert model is seen.model or model in seen.model.layers
            seen.card = card.to_json()

        class JointResults:
            def __init__(self, vision, labelled_set, psnr_images):
                seen.vision, seen.labelled, seen.psnr_images = vision, labelled_set, psnr_images

            def measure(self, method, sigma, denoiser=None):
                seen.measured.append((method, sigma, denoiser))

            def save_picture(self, path, sigma):
                pass

            def write(self, folder, about):
                (folder / "results.md").write_text("")
                seen.about = about

        def application(*arguments):
            seen.application = arguments
            return vision_network.small_vgg(3, 4)

        class TfdsReader:
            num_classes = None

            def __init__(self, *arguments, **settings):
                seen.tfds = [*getattr(seen, "tfds", []), (*arguments, *settings.values())]

            def __iter__(self):
                yield "a", np.zeros((24, 24, 3), np.float32), np.int64(1)

        path = RECIPES / f"{recipe}.py"
        experiment = sys.modules["keras_restore.recipe.experiment"]
        monkeypatch.setattr(experiment, "train", train)
        monkeypatch.setattr(training, "train", train)
        monkeypatch.setattr(vision_network, "application", application)
        monkeypatch.setattr(data, "TfdsReader", TfdsReader)
        monkeypatch.setattr(keras_restore.recipe, "JointResults", JointResults)
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
        if module.endswith(".py") or module.startswith(("keras_restore", "importlib")):
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


def noisy_clip(frames, speed, sigma):
    noise = degradations.GaussianNoise(sigma)
    return degradations.Sequence([degradations.Pan(frames, speed), noise])


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
    ("denoise", "--steps=300 --log_every=100",
     lambda s: (s.steps, s.card["steps"], s.card["training_seconds"]) == (300, 300, 90)),
    ("denoise", "--batch_size=7", lambda s: s.batch_size == 7),
    ("denoise", "--patch_size=33", lambda s: s.patch_size == 33),
    ("denoise", "--log_every=50", lambda s: s.log_every == 50),
    ("denoise", "--eval_every=500", lambda s: s.eval_every == 500),
    ("denoise", "--loss=mae", lambda s: s.loss == "mae"),
    ("denoise", "--loss=half_summed_square",
     lambda s: isinstance(s.loss, training.HalfSummedSquare)),
    ("denoise", "--loss=psnr", lambda s: isinstance(s.loss, training.PsnrLoss)),
    ("denoise", "--init=he_normal --filters=64", lambda s: 0.9 < spread_of_he(s) < 1.1),
    ("denoise", "--filters=64", lambda s: not 0.9 < spread_of_he(s) < 1.1),
    ("denoise", "--start_from={root}/start.keras --depth=3", lambda s: first_kernel(s).min() > 0.1),
    ("denoise", "--start_from={root}/told.keras --depth=3 --sigma=30",
     lambda s: np.allclose(s.model.get_layer("conv1").bias, 1 + 9 * 30 / 255)),
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
    ("denoise", "--schedule=warmup_stable_decay --learning_rate=0.1 --final_learning_rate=0.02"
     " --steps=1000",
     lambda s: [float(s.optimizer._learning_rate(i)) for i in (0, 25, 50, 700, 850, 1000, 1100)]
     == pytest.approx([0, 0.05, 0.1, 0.1, 0.06, 0.02, 0.02], rel=1e-4)),
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
     and next(iter(s.images))[1].shape[-1] == 3 and s.card["task"] == "colour denoising"
     and "color" not in s.card),
    ("denoise", "--sigma=40",
     lambda s: degrades_as(s, degradations.GaussianNoise(40))
     and s.sets == [("val", "gray_sigma40")]),
    ("denoise", "--sigma=0,55",
     lambda s: degrades_as(s, degradations.GaussianNoise((0, 55)))
     and [protocol for _, protocol in s.sets] == [f"gray_sigma{n}" for n in (15, 25, 50)]),
    ("super_resolve", "--scale=2",
     lambda s: degrades_as(s, degradations.BicubicDownUp(2, round_to_8_bits=True), 1)
     and s.sets == [("val", "luma_x2")] and (s.card["upscale"], s.card["color"]) == (2, "luma")),
    ("super_resolve", "--scale=2,4",
     lambda s: degrades_as(s, degradations.BicubicDownUp((2, 4), round_to_8_bits=True), 1)
     and [p for _, p in s.sets] == ["luma_x2", "luma_x3", "luma_x4"] and s.card["upscale"] == 2),
    ("super_resolve", "--model=srresnet --scale=2",
     lambda s: degrades_as(s, degradations.BicubicDownsample(2, round_to_8_bits=True))
     and s.sets == [("val", "rgb_x2")] and s.model.input_shape[-1] == 3
     and "upscale" not in s.card),
    ("super_resolve", "--residual",
     lambda s: isinstance(s.model.layers[-1], layers.ResidualOutput)),
    ("super_resolve", "",
     lambda s: not isinstance(s.model.layers[-1], layers.ResidualOutput)),
    ("deblock", "--quality=30",
     lambda s: degrades_as(s, degradations.Jpeg(30), 1) and s.sets == [("val", "luma_q30")]),
    ("deblock", "--quality=5,99",
     lambda s: degrades_as(s, degradations.Jpeg((5, 99)), 1) and len(s.sets) > 1),
    ("deblock", "--channels=3 --quality=30",
     lambda s: degrades_as(s, degradations.Jpeg(30), 3) and s.sets == [("val", "color_q30")]
     and s.model.input_shape[-1] == 3 and s.card["task"] == "JPEG deblocking of colour"
     and "color" not in s.card),
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
    ("photo", "", lambda s: [x.name for x in s.model.inputs] == ["degraded", "sigma"]
     and s.card["degradation"]["class_name"] == "Sequence"),
    ("photo", "--val_dir={root}/pairs", lambda s: s.sets == [("pairs", "real_pairs")]),
    ("denoise_clips", "--frames=5",
     lambda s: (s.model.input_shape[-1], s.model.output_shape[-1]) == (15, 3)
     and degrades_as(s, noisy_clip(5, (0, 8), (0, 55)))
     and [protocol for _, protocol in s.sets] == [f"rgb_clip_sigma{n}" for n in (15, 25, 50)]),
    ("denoise_clips", "--speed=3", lambda s: degrades_as(s, noisy_clip(3, 3, (0, 55)))),
    ("denoise_clips", "--channels=1 --sigma=25",
     lambda s: s.model.input_shape[-1] == 3 and degrades_as(s, noisy_clip(3, (0, 8), 25), 1)
     and s.sets == [("val", "gray_clip_sigma25")] and s.card["sigma"] == 25
     and s.evaluations[0].protocol.degradation.twin().degradations[0].frames == 3),
    ("denoise", "--preset=dncnn_s --filters=4",
     lambda s: (s.steps, s.batch_size) == (80_000, 128)
     and len(convolutions(s.model)) == 17 and isinstance(s.loss, training.HalfSummedSquare)
     and optimizer_is(keras.optimizers.SGD, clipnorm=0.05, weight_decay=1e-4)(s)
     and rates(s) == pytest.approx([1e-1, 1e-1 * 0.001**0.5, 1e-4], rel=1e-4)
     and degrades_as(s, degradations.GaussianNoise(25))),
    *[(name, "--preset=fast --filters=4",
       lambda s: (s.steps, s.batch_size, s.loss) == (9000, 12, "mae")
       and optimizer_is(training.Muon, use_ema=True, ema_momentum=0.999)(s)
       and rates(s) == pytest.approx([0, 2e-3, 1e-6], rel=1e-4))
      for name in ("denoise", "deblock", "super_resolve", "photo")],
    ("super_resolve", "--preset=srresnet --filters=4",
     lambda s: s.sets == [("val", "rgb_x4")] and s.card["task"] == "super-resolution x4"),
    ("dncnn_study", "--sigma=15 --depth=3 --filters=5",
     lambda s: set(s.trainings) == {"rl_bn", "rl_plain", "direct_bn", "direct_plain"}
     and all(len(convolutions(t.model)) == 3 and first_kernel(t).shape[-1] == 5
             and noise_of(t) == pytest.approx(15, rel=0.05) and t.sets == [("val", "gray_sigma15")]
             for t in s.trainings.values()) and s.card["sigma"] == 15),
    ("red_study", "--sigma=15 --depths=4,6 --filters=5",
     lambda s: {name: len(convolutions(t.model)) for name, t in s.trainings.items()}
     == {"red4_plain": 4, "red4_skips": 4, "red6_plain": 6, "red6_skips": 6}
     and all(first_kernel(t).shape[-1] == 5 and noise_of(t) == pytest.approx(15, rel=0.05)
             and t.sets == [("val", "gray_sigma15")] for t in s.trainings.values())
     and skips_of(s, "red6_skips") == 1 and skips_of(s, "red6_plain") == 0
     and "the skips give +1.000 dB (23.000 without, 24.000 with)"
     in (s.path / "results.md").read_text()),
    ("red_study", "--study=strides --smoke --depths=10",
     lambda s: list(s.trainings) == ["red10_skips", "red10_skips_conv1", "red10_skips_conv5"]),
    ("xunit_study", "--sigma=15 --depths=3 --conv_depths=5 --kernels=7 --filters=5",
     lambda s: {name: len(convolutions(t.model)) for name, t in s.trainings.items()}
     == {"conv_net_d5": 5, "xnet_k7_d3": 3}
     and {unit.kernel_size for unit in units(s)} == {7}
     and all(first_kernel(t).shape[-1] == 5 and noise_of(t) == pytest.approx(15, rel=0.05)
             and t.sets == [("val", "gray_sigma15")] for t in s.trainings.values())),
    ("xunit_study", "--study=activations --budget=2000 --depths=3 --kernels=3",
     lambda s: list(s.trainings) == ["kernel3"] and 1700 < s.model.count_params() < 2300),
    ("xunit_study", "--study=designs --depths=2 --conv_depths= --kernels=3 --filters=3",
     lambda s: [(u.input_batch_norm, u.gate_batch_norm, u.gate)
                for t in s.trainings.values() for u in units(t)] == [
         (True, True, "gaussian"), (False, True, "gaussian"), (True, False, "gaussian"),
         (False, False, "gaussian"), (True, True, "sigmoid"), (True, False, "linear")]),
    ("joint_vision", "",
     lambda s: list(s.trainings) == ["vision", "separate_sigma30", "joint_sigma30"]
     and weight_of(s) == 0.25 and s.trainings["separate_sigma30"].loss == "mse"
     and [(m, sigma) for m, sigma, _ in s.measured]
     == [("clean", 0), ("noisy", 30), ("separate", 30), ("joint", 30)]
     and [d and d.name for _, _, d in s.measured]
     == [None, None, "denoising_unet", "denoising_unet"]
     and all(t.variants == 2 for t in s.trainings.values())),
    ("joint_vision", "--lambda=0.7", lambda s: weight_of(s) == 0.7 and s.about["lambda"] == 0.7),
    ("joint_vision", "--task=segmentation --vision_head_filters=6",
     lambda s: weight_of(s) == 0.5 and s.vision.get_layer("fc6").filters == 6),
    ("joint_vision", "--sigma=15,40",
     lambda s: [m[1] for m in s.measured] == [0, 15, 15, 15, 40, 40, 40] and all(
         noise_of(s.trainings[f"{kind}_sigma{n}"], 3) == pytest.approx(n, rel=0.1)
         for n in (15, 40) for kind in ("separate", "joint"))
     and s.sets == [("images", "color_sigma40"), ("images", "classification_sigma40")]),
    ("joint_vision", "--filters=6",
     lambda s: {convolutions(d)[0].filters for _, _, d in s.measured[2:]} == {6}),
    ("joint_vision", "--vision_filters=6", lambda s: s.vision.get_layer("conv1_1").filters == 6),
    ("joint_vision", "--vision_steps=8 --vision_batch_size=5",
     lambda s: [(t.steps, t.batch_size) for t in s.trainings.values()] == [(8, 5), (4, 2), (4, 2)]),
    ("joint_vision", "--vision_learning_rate=0.5 --vision_weight_decay=0.25",
     lambda s: rates(s.trainings["vision"]) == pytest.approx([0.5, 0.25, 0])
     and s.trainings["vision"].optimizer.weight_decay == 0.25
     and rates(s)[0] == pytest.approx(4e-3)),
    ("joint_vision", "--log_images=2",
     lambda s: s.psnr_images == 2 and len(s.evaluations[1].labelled_images) == 2),
    ("joint_vision", "--vision={root}/vision.keras",
     lambda s: "vision" not in s.trainings and s.vision.get_layer("conv1_1").filters == 5),
    ("joint_vision", "--vision=VGG16 --vision_weights=imagenet",
     lambda s: s.application == ("VGG16", "imagenet", 24, 3) and "vision" not in s.trainings),
    ("joint_vision", "--cross_run={root}/cross",
     lambda s: s.measured[-1][:2] == ("cross-task", 30)
     and s.measured[-1][2].name.startswith("dncnn")),
    ("joint_vision", "--task=segmentation --train_dir={root}/maps/train --val_dir={root}/maps/val"
     " --num_classes=5 --ignore_class=1 --short_side=24 --val_list={root}/one.txt --patch_size=9"
     " --vision_filters=4 --vision_head_filters=4 --vision_steps=6 --steps=6 --log_every=3"
     " --eval_every=3 --batch_size=3 --seed=7 --placement=device --sigma=30",
     lambda s: [(n, i.shape, set(label.flat)) for n, i, label in s.labelled]
     == [("b.png", (24, 29, 3), {1})]
     and s.names == ["a", "b"] and (s.labelled.num_classes, s.labelled.ignore_class) == (5, 1)
     and (s.steps, s.log_every, s.eval_every, s.batch_size, s.patch_size, s.seed, s.placement)
     == (6, 3, 3, 3, 9, 7, "device")),
    ("joint_vision", "--task=segmentation --train_dir={root}/maps/train --val_dir={root}/maps/val"
     " --num_classes=3 --train_labels={root}/maps/others --val_labels={root}/maps/others --smoke",
     lambda s: [set(label.flat) for _, _, label in s.labelled] == [{2}, {2}]
     and {round(255 * image[0, 0, 3]) for _, image in s.images} == {2}),
    ("joint_vision", "--tfds=mine --tfds_dir=there --tfds_train=a --tfds_val=b --tfds_label=c"
     " --num_classes=3",
     lambda s: s.tfds == [("mine", "a", "c", "there"), ("mine", "b", "c", "there")]),
]  # fmt: skip


def convolutions(model):
    kinds = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    return [layer for layer in model.layers if isinstance(layer, kinds)]


def units(seen):
    return [layer for layer in seen.model.layers if isinstance(layer, layers.XUnit)]


def skips_of(seen, name):
    kinds = [type(layer) for layer in seen.trainings[name].model.layers]
    return kinds.count(layers.SymmetricSkip)


def noise_of(seen, channels=1):
    """Standard deviation of what a training adds to its images, in grey levels."""
    patches = np.stack([image[:24, :24] for _, image in seen.images])
    degraded = seen.degradation(patches, (3, 4))
    degraded = degraded[0] if isinstance(degraded, tuple) else degraded
    return np.std(np.asarray(degraded) - patches[..., :channels]) * 255


def weight_of(seen):
    """Lambda, of the joint training."""
    return seen.trainings["joint_sigma30"].loss.loss_weights["prediction"]


@pytest.mark.parametrize(
    ("recipe", "arguments", "holds"), ROWS, ids=[f"{r} {a}".strip() for r, a, _ in ROWS]
)
def test_flag(run, recipe, arguments, holds):
    assert holds(run(recipe, *arguments.split()))


@pytest.mark.parametrize("init", ["default", "he_normal"])
def test_the_seed_changes_weights_and_draws(run, tmp_path, init):
    given = ("--depth=3", f"--init={init}")
    one, two, again = (
        run("denoise", f"--seed={seed}", *given, f"--workdir={tmp_path / str(i)}")
        for i, seed in enumerate((1, 2, 1))
    )
    assert (one.seed, two.seed) == (1, 2)
    assert not np.array_equal(first_kernel(one), first_kernel(two))
    np.testing.assert_array_equal(first_kernel(one), first_kernel(again))


def test_a_kernel_of_a_file(run, places):
    seen = run("deblur", "--kernel={root}/kernels.npz", "--kernel_name=k2")
    assert degrades_as(seen, degradations.Blur(np.load(places / "kernels.npz")["k2"]))
    assert seen.sets == [("val", "blur_k2")]


def test_tensorboard(run, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "tensorboard", types.ModuleType("tensorboard"))
    (callback,) = run("denoise", "--tensorboard").callbacks
    assert isinstance(callback, keras.callbacks.TensorBoard)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(AssertionError):
        run("denoise", "--tensorboard")
    assert "pip install 'keras-restore[tensorboard]'" in capfd.readouterr().err


def test_pairs_take_the_place_of_images(run, places):
    seen = run("denoise", "--pairs_dir={root}/pairs", "--channels=3", without=("train_dir",))
    assert seen.card["degradation"] == "given pairs" and seen.card["data"] == ["pairs"]
    degraded, clean = seen.degradation(seen.images[0][1][None], (0, 0))
    for pixels, name in ((degraded, "real"), (clean, "mean")):
        picture = np.asarray(Image.open(places / "pairs" / f"f_{name}.png"))
        np.testing.assert_array_equal(np.round(np.asarray(pixels[0]) * 255), picture)


def test_maps_of_a_model_and_a_picture(run, places):
    arguments = ("--study=maps", "--model={root}/start.keras", "--image={root}/val/e.png")
    rows = json.loads(
        (run("xunit_study", *arguments, "--sigma=15").path / "results.json").read_text()
    )
    model = keras.saving.load_model(places / "start.keras")
    clean = data.to_float(data.read_image(places / "val" / "e.png", 1))
    degraded = protocols.gray_denoising(15).degrade(clean, 0)[None]
    unit = next(layer for layer in model.layers if isinstance(layer, layers.XUnit))
    gate = unit.gate_map(keras.Model(model.inputs, unit.input)(degraded), training=False)
    assert rows["rows"][0]["mean gate"] == pytest.approx(float(np.mean(gate)), rel=1e-5)


@pytest.fixture
def loaded():
    """A function that imports a recipe as a module whose functions can be replaced."""

    def load(recipe, *arguments):
        spec = importlib.util.spec_from_file_location(recipe, RECIPES / f"{recipe}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        flags.FLAGS([recipe, *arguments])
        return module

    forget_flags()
    yield load
    forget_flags()


def test_the_time_of_a_megapixel(loaded, monkeypatch):
    study = loaded("red_study", "--smoke")
    clock = iter(np.cumsum(np.tile([9, 0.5, 9, 0.25], 50)))
    monkeypatch.setattr(study, "time", types.SimpleNamespace(perf_counter=lambda: next(clock)))
    milliseconds = study.milliseconds_per_megapixel(models.dncnn(1, depth=2, filters=2))
    assert milliseconds == pytest.approx(250 / (64 * 64 / 1e6))


def test_a_classifier_is_measured_on_the_middle(loaded, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (40, 30)).save(tmp_path / name / "0.png")
    places = (f"--train_dir={tmp_path}", f"--val_dir={tmp_path}")
    study = loaded("joint_vision", *places, "--patch_size=20", "--short_side=24")
    train, val = ([image.shape for _, image, _ in each] for each in study.labelled_sets())
    assert train == [(24, 32, 3)] * 2 and val == [(20, 20, 3)] * 2


@pytest.mark.parametrize(
    ("gain", "restored", "difference"), [(7.9, 27, 0), (9, 25.9, 0), (9, 27, 2e-5), (9, 27, 0)]
)
def test_the_demo_fails_below_what_it_promises(
    tmp_path, monkeypatch, loaded, gain, restored, difference
):
    demo = loaded("demo", f"--workdir={tmp_path / 'run'}")
    result = types.SimpleNamespace(scores={"held_out_gray_sigma25": {"psnr": restored}})
    monkeypatch.setattr(demo, "restore_photo", lambda *_: gain)
    monkeypatch.setattr(demo, "noisy_psnr", lambda *_: 20.0)
    monkeypatch.setattr(demo, "litert_difference", lambda *_: difference)
    monkeypatch.setattr(demo.recipe, "train_from_flags", lambda *_: (None, result))
    monkeypatch.setattr(demo.recipe, "finish", lambda *_, **__: None)
    if (gain, restored, difference) == (9, 27, 0):
        demo.main()
    else:
        with pytest.raises(ValueError, match="less than it promises"):
            demo.main()


def test_times_of_the_strides(monkeypatch, loaded):
    study = loaded("red_study")
    monkeypatch.setattr(study, "milliseconds_per_megapixel", lambda model: model)
    outcomes = [types.SimpleNamespace(result=1, model=m, score=s) for m, s in ((80, 30), (20, 29))]
    rows = [{"depth": 20}, {"depth": 20}]
    study.add_times(rows, outcomes)
    assert rows[1] == {**rows[0], "ms per megapixel": 20, "times faster": 4, "gain [dB]": -1}


def test_the_words_of_the_parameter_study(loaded):
    study = loaded("xunit_study")

    def outcome(name, kind, parameters, score):
        network = types.SimpleNamespace(name=name, facts={"kind": kind}, parameters=parameters)
        return types.SimpleNamespace(network=network, score=score, gain=score, diverged="")

    outcomes = [outcome("x", "xNet 9x9", 100, 29.5), outcome("c", "ConvNet", 230, 29.25)]
    best, claim = study.remarks(outcomes)
    assert best == "The best is x, 29.500 dB."
    assert claim.startswith("x (100 parameters, 29.500 dB) is 0.250 dB above c,")


def test_options_of_the_evaluation(monkeypatch, loaded):
    from keras_restore import evaluation

    received = []
    monkeypatch.setattr(evaluation, "evaluate_models", lambda *a, **k: received.append((a, k)))
    options = ["--model=a,b", "--data=Set5", "--protocol=luma_x3", "--data_root=root"]
    options += ["--csv=2.csv", "--workdir=out", "--report_images=7"]
    loaded("evaluate", *options).main([""])
    assert received == [
        (
            (["a", "b"], ["Set5"], ["luma_x3"]),
            {
                **{"data_root": "root", "json_path": "out/evaluation.json", "csv_path": "2.csv"},
                **{"report_path": "out/report.html", "report_images": 7},
            },
        )
    ]


def test_no_flag_without_a_row(run):
    """A new flag needs a row above."""
    tested = {}
    for recipe, arguments, _ in ROWS:
        names = {a.removeprefix("--").partition("=")[0] for a in arguments.split()}
        tested.setdefault(recipe, set()).update(names)
    shared = tested["denoise"] | {"seed", "pairs_dir", "tensorboard", "kernel_name"}
    # tests/training/test_processes.py
    shared |= {"processes", "process_id", "coordinator"}
    # test_maps_of_a_model_and_a_picture
    shared |= {"model", "image"}
    for recipe in tested:
        own = tested[recipe] | shared | {"preset"}
        needed = ["--depths=6"] if recipe == "red_study" else []
        missing = run(recipe, f"--workdir={{tmp}}/{recipe}", *needed).defined - own
        assert not missing, f"recipes/{recipe}.py: no row for {', '.join(sorted(missing))}"
