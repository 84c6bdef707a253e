"""The absl flags that all recipes share, and the objects they stand for."""

import sys

import keras
import tensorflow as tf
from absl import flags

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
}
SCHEDULES = ("constant", "exponential", "cosine")
POLICIES = {"none": "float32", "float16": "mixed_float16", "bfloat16": "mixed_bfloat16"}
# Flags that say where a run is kept or watched, not what it computes.
NOT_SETTINGS = ("workdir", "tensorboard")


def define_flags(
    *,
    steps,
    batch_size,
    patch_size,
    optimizer="adam",
    learning_rate=1e-3,
    final_learning_rate=1e-4,
    schedule="exponential",
    weight_decay=0.0,
):
    """Defines the shared flags; the recipe chooses their defaults.

    Args:
        steps: Default of `--steps`, and so on for the others.

    Example:

    >>> define_flags(steps=20_000, batch_size=64, patch_size=80)
    """
    flags.DEFINE_multi_string("train_dir", [], "Folder of training images; may be repeated.")
    flags.DEFINE_string("train_list", None, "Text file with the file names of --train_dir to use.")
    flags.DEFINE_multi_string("val_dir", [], "Folder of clean images to measure on; repeatable.")
    flags.DEFINE_string("workdir", None, "Directory of the run; the same one continues it.")
    flags.DEFINE_integer("steps", steps, "Training steps.", lower_bound=1)
    flags.DEFINE_integer("batch_size", batch_size, "Patches a step.", lower_bound=1)
    flags.DEFINE_integer("patch_size", patch_size, "Side of a patch in pixels.", lower_bound=1)
    flags.DEFINE_enum("optimizer", optimizer, sorted(OPTIMIZERS), "Optimizer.")
    flags.DEFINE_float("learning_rate", learning_rate, "Learning rate at the start.", 0.0)
    flags.DEFINE_float("final_learning_rate", final_learning_rate, "And at the end.", 0.0)
    flags.DEFINE_enum("schedule", schedule, SCHEDULES, "How the learning rate falls.")
    flags.DEFINE_float("weight_decay", weight_decay, "Decoupled weight decay.", 0.0)
    flags.DEFINE_float("clipnorm", None, "Largest norm of each weight's gradient.", 0.0)
    flags.DEFINE_float("ema", 0.0, "Momentum of the averaged weights; 0 for none.", 0.0, 0.99999)
    flags.DEFINE_integer("seed", 0, "Seed of everything random.", 0, 2**31 - 1)
    flags.DEFINE_enum("strategy", "default", ("default", "mirrored"), "tf.distribute strategy.")
    flags.DEFINE_enum("mixed_precision", "none", sorted(POLICIES), "Lower precision to compute in.")
    flags.DEFINE_enum("placement", "map", ("map", "device", "step"), "Where images are degraded.")
    flags.DEFINE_integer("log_every", 100, "Steps between checkpoints.", lower_bound=1)
    flags.DEFINE_integer("eval_every", 1000, "Steps between evaluations.", lower_bound=1)
    flags.DEFINE_bool("tensorboard", False, "Also write TensorBoard files.")
    flags.DEFINE_bool("smoke", False, "Run in seconds, on made-up pictures.")


def settings_from_flags():
    """Returns the flags that the result depends on, as a dictionary of JSON values."""
    by_module = flags.FLAGS.flags_by_module_dict()
    ours = [flag for module in (sys.argv[0], __name__) for flag in by_module.get(module, [])]
    return {flag.name: flag.value for flag in ours if flag.name not in NOT_SETTINGS}


def make_strategy():
    """Returns the `tf.distribute` strategy of `--strategy`."""
    if flags.FLAGS.strategy == "mirrored":
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def set_up():
    """Seeds Keras' initialisers and sets the dtype policy, as the flags say."""
    keras.utils.set_random_seed(flags.FLAGS.seed)
    keras.config.set_dtype_policy(POLICIES[flags.FLAGS.mixed_precision])


def make_optimizer():
    """Returns the optimizer of the flags, with its learning rate schedule.

    SGD has Nesterov-free momentum 0.9 (DnCNN). "exponential" falls from --learning_rate to
    --final_learning_rate by the same factor every step, "cosine" along half a cosine.
    """
    f = flags.FLAGS
    if f.schedule == "exponential":
        ratio = f.final_learning_rate / f.learning_rate
        rate = keras.optimizers.schedules.ExponentialDecay(f.learning_rate, f.steps, ratio)
    elif f.schedule == "cosine":
        alpha = f.final_learning_rate / f.learning_rate
        rate = keras.optimizers.schedules.CosineDecay(f.learning_rate, f.steps, alpha)
    else:
        rate = f.learning_rate
    arguments = {"momentum": 0.9} if f.optimizer == "sgd" else {}
    return OPTIMIZERS[f.optimizer](
        learning_rate=rate,
        weight_decay=f.weight_decay or None,
        clipnorm=f.clipnorm,
        use_ema=f.ema > 0,
        ema_momentum=f.ema or 0.99,
        **arguments,
    )


def make_callbacks(workdir):
    """Returns the extra callbacks that the flags ask for.

    Raises:
        ValueError: If `--tensorboard` is given and TensorBoard is not installed.
    """
    if not flags.FLAGS.tensorboard:
        return []
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ValueError(
            "--tensorboard needs the package: pip install 'keras-restore[tensorboard]'"
        ) from error
    return [keras.callbacks.TensorBoard(workdir.path / "tensorboard")]
