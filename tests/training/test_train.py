"""The training loop: continues to the same end, stops on NaN, and splits over replicas."""

import json
import sys
import time

import forked
import keras
import numpy as np
import pytest
from absl import flags

from keras_restore import data, degradations, models, protocols, recipe, training

RUN = """
import json, sys, time
import keras
import numpy as np
import tensorflow as tf
from keras_restore import data, degradations, models, training
from keras_restore import protocols

path, replicas, placement, last = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
if replicas > 1:
    cpu = tf.config.list_physical_devices("CPU")[0]
    configuration = [tf.config.LogicalDeviceConfiguration()] * replicas
    tf.config.set_logical_device_configuration(cpu, configuration)
    names = [f"CPU:{i}" for i in range(replicas)]
    strategy = tf.distribute.MirroredStrategy(names)
else:
    strategy = tf.distribute.get_strategy()
keras.utils.set_random_seed(0)

class Wait(keras.callbacks.Callback):
    steps = 0

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == last:
            open(f"{path}/waits", "w").close()
            time.sleep(600)

with strategy.scope():
    model = models.xdncnn(depth=3, filters=4, kernel_size=3)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 24)
    result = training.train(
        model,
        data.synthetic_images(6, 24),
        degradations.GaussianNoise((10, 40)),
        workdir=training.Workdir(path, {"a": 1}),
        optimizer=keras.optimizers.Adam(rate, use_ema=True, ema_momentum=0.9),
        loss="mse",
        steps=24,
        batch_size=4,
        patch_size=16,
        seed=5,
        evaluations=[
            training.Evaluation("s", data.synthetic_images(1, 20), protocols.gray_denoising(25))
        ],
        placement=placement,
        log_every=4,
        eval_every=8,
        callbacks=[Wait()],
    )
np.savez(f"{path}/final.npz", *[np.asarray(v) for v in model.variables])
"""


def program(path):
    """The file that trains in `path`."""
    file = path.with_suffix(".py")
    file.write_text(RUN)
    return file


def run(path, replicas=1, placement="map"):
    done = forked.call(program(path), path, replicas, placement, 0)
    assert done.returncode == 0, done.stderr
    return np.load(path / "final.npz")


def log(path):
    rows = training.Workdir(path, {"a": 1}).read_log()
    drop = ("seconds", "images_per_second")
    return [{k: v for k, v in row.items() if k not in drop} for row in rows]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    return path, run(path)


def test_killed_and_continued_run_ends_bit_equal(tmp_path, undisturbed):
    path = tmp_path / "run"
    # Between two checkpoints, after a row of the log.
    process = forked.start(program(path), path, 1, "map", 14)
    while not (path / "waits").exists() and process.is_alive():
        time.sleep(0.05)
    process.kill()
    process.join()
    assert (path / "checkpoint.weights.h5").exists()
    continued = run(path)
    for name, value in undisturbed[1].items():
        np.testing.assert_array_equal(continued[name], value)
    assert log(path) == log(undisturbed[0])


def test_two_replicas_give_the_loss_curve_of_one(tmp_path, undisturbed):
    run(tmp_path / "run", replicas=2)
    one, two = log(undisturbed[0]), log(tmp_path / "run")
    assert [row["step"] for row in two] == [4, 8, 12, 16, 20, 24]
    for a, b in zip(one, two, strict=True):
        assert b["loss"] == pytest.approx(a["loss"], rel=5e-3)


def test_degrading_in_the_train_step_trains_the_same(tmp_path, undisturbed):
    in_step = run(tmp_path / "run", placement="step")
    for name, value in undisturbed[1].items():
        np.testing.assert_allclose(in_step[name], value, atol=1e-5)


def test_leaves_what_it_promises(undisturbed):
    path = undisturbed[0]
    settings = json.loads((path / "settings.json").read_text())
    assert settings["settings"] == {"a": 1} and settings["versions"]["keras"] == keras.__version__
    assert (path / "curves.png").stat().st_size > 1000
    assert len(list((path / "pictures").glob("*.png"))) == 3
    seconds = [row["seconds"] for row in training.Workdir(path, {"a": 1}).read_log()]
    assert (np.diff([0, *seconds]) > 0).all()
    last = log(path)[-1]
    assert last["step"] == 24 and last["s_gray_sigma25_psnr"] > 5


def small_run(path, **kwargs):
    model = models.xnet(depth=2, filters=4, kernel_size=3)
    arguments = dict(
        workdir=training.Workdir(path, {}),
        optimizer=keras.optimizers.SGD(kwargs.pop("learning_rate", 1e-3)),
        loss="mse",
        steps=4,
        batch_size=2,
        patch_size=8,
        seed=0,
        log_every=2,
        eval_every=2,
    )
    images = data.synthetic_images(2, 16)
    return training.train(model, images, degradations.GaussianNoise(25), **arguments | kwargs)


class Break(keras.callbacks.Callback):
    """Does something at the third step."""

    def __init__(self, act):
        super().__init__()
        self.act = act

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 3:
            self.act(self.model)


def test_stops_on_nan_and_keeps_the_checkpoint(tmp_path):
    def spoil(model):
        for weight in model.trainable_weights:
            weight.assign(weight * np.nan)

    with pytest.raises(FloatingPointError, match="step 4.*learning rate"):
        small_run(tmp_path / "run", callbacks=[Break(spoil)])
    workdir = training.Workdir(tmp_path / "run", {})
    (row,) = workdir.read_log()
    assert row["step"] == 2
    # A row behind the checkpoint, as a kill between the two leaves it.
    workdir.write_log([row, row | {"step": 3}], row)
    assert small_run(tmp_path / "run").steps == 4
    assert [row["step"] for row in workdir.read_log()] == [2, 4]


def test_interrupt_says_how_to_continue(tmp_path, capsys):
    def interrupt(model):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small_run(tmp_path / "run", callbacks=[Break(interrupt)])
    assert "the same command continues" in capsys.readouterr().out


def test_the_data_are_those_that_were_asked_for(tmp_path, monkeypatch):
    asked, module = [], sys.modules["keras_restore.training.train"]
    dataset = module.training_dataset

    def recorded(*arguments):
        asked.append(arguments[2:])
        return dataset(*arguments)

    monkeypatch.setattr(module, "training_dataset", recorded)
    small_run(tmp_path / "run", seed=7, variants=2, placement="device", batch_size=3)
    # The images of the batch norms' statistics, and those to train on.
    assert asked == [(8, 3, 8, 0, "map", 2), (8, 3, 7, 0, "device", 2)]


def test_bad_numbers(tmp_path):
    with pytest.raises(ValueError, match="multiple of log_every"):
        small_run(tmp_path / "run", steps=5)


def test_optimizers_and_schedules():
    if "learning_rate" not in flags.FLAGS:
        recipe.define_flags(steps=100, batch_size=2, patch_size=8)
    flags.FLAGS(["recipe", "--learning_rate=1e-2", "--final_learning_rate=1e-4", "--steps=100"])
    for schedule, middle in (("exponential", 1e-3), ("cosine", 5.05e-3)):
        flags.FLAGS.schedule = schedule
        rate = recipe.make_optimizer()._learning_rate
        assert float(rate(0)) == pytest.approx(1e-2)
        assert float(rate(50)) == pytest.approx(middle, rel=1e-3)
        assert float(rate(100)) == pytest.approx(1e-4, rel=1e-3)
    flags.FLAGS.schedule, flags.FLAGS.steps = "staircase", 90
    rate = recipe.make_optimizer()._learning_rate
    levels = [float(rate(step)) for step in (0, 29, 30, 59, 60, 89)]
    np.testing.assert_allclose(levels, [1e-2, 1e-2, 1e-3, 1e-3, 1e-4, 1e-4], rtol=1e-3)
    flags.FLAGS.optimizer = "sgd"
    assert recipe.make_optimizer().momentum == 0.9


def test_evaluation_label():
    evaluation = training.Evaluation("Set12", [], protocols.gray_denoising(sigma=25))
    assert evaluation.label == "Set12_gray_sigma25"
