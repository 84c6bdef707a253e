"""The absl flags that all recipes share, and the objects they stand for."""

import inspect
import sys

import keras
import tensorflow as tf
from absl import flags

from keras_restore import models
from keras_restore.machine import has_bfloat16
from keras_restore.ops.on_cpu import on_cpu
from keras_restore.training import HalfSummedSquare, Muon, PsnrLoss, WarmupStableDecay

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "muon": Muon,
    "sgd": keras.optimizers.SGD,
}
LOSSES = {
    "mse": "mse",
    "mae": "mae",
    "half_summed_square": HalfSummedSquare(),
    "psnr": PsnrLoss(),
}
INITIALIZERS = ("default", "he_normal", "he_uniform", "glorot_uniform", "orthogonal")
SCHEDULES = ("constant", "cosine", "exponential", "staircase", "warmup_stable_decay")
POLICIES = {"none": "float32", "float16": "mixed_float16", "bfloat16": "mixed_bfloat16"}
# A preset: what brings most in an hour or two of two cores, docs/results/training.md.
FAST = {
    **{"steps": 9_000, "batch_size": 12, "patch_size": 64, "loss": "mae", "optimizer": "muon"},
    **{"learning_rate": 2e-3, "final_learning_rate": 1e-6, "schedule": "warmup_stable_decay"},
    "ema": 0.999,
}
# Flags that say where a run is kept or watched, not what it computes.
NOT_SETTINGS = ("workdir", "tensorboard", "processes", "process_id", "coordinator")


def networks():
    """Lists the names of the builders of networks whose output has the size of the input.

    Returns:
        List of strings.

    Example:

    >>> "xdncnn" in networks()
    True
    """
    parameters = {
        name: inspect.signature(getattr(models, name)).parameters for name in models.__all__
    }
    other = {"num_classes", "scale"}
    return [name for name, p in parameters.items() if "channels" in p and not other & p.keys()]


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
    flags.DEFINE_multi_string("pairs_dir", [], "Folder of degraded and clean pairs to train on.")
    flags.DEFINE_string("train_list", None, "Text file with the file names of --train_dir to use.")
    flags.DEFINE_string("leave_out", None, "Text file with the names of files not to train on.")
    flags.DEFINE_multi_string("val_dir", [], "Folder of clean images to measure on; repeatable.")
    flags.DEFINE_string("workdir", None, "Directory of the run; the same one continues it.")
    flags.DEFINE_integer("steps", steps, "Training steps.", lower_bound=1)
    flags.DEFINE_integer("batch_size", batch_size, "Patches per step.", lower_bound=1)
    flags.DEFINE_integer("patch_size", patch_size, "Side of a patch in pixels.", lower_bound=1)
    flags.DEFINE_enum("loss", "mse", sorted(LOSSES), "Loss.")
    flags.DEFINE_enum("init", "default", INITIALIZERS, "Start of the convolutions' kernels.")
    flags.DEFINE_string("start_from", None, "Start from the weights of this .keras file.")
    flags.DEFINE_enum("optimizer", optimizer, sorted(OPTIMIZERS), "Optimizer.")
    flags.DEFINE_float("learning_rate", learning_rate, "Learning rate at the start.", 0.0)
    flags.DEFINE_float("final_learning_rate", final_learning_rate, "And at the end.", 0.0)
    flags.DEFINE_enum("schedule", schedule, SCHEDULES, "How the learning rate falls.")
    flags.DEFINE_float("weight_decay", weight_decay, "Decoupled weight decay.", 0.0)
    flags.DEFINE_float("clipnorm", None, "Largest norm of each weight's gradient.", 0.0)
    flags.DEFINE_float("ema", 0.0, "Momentum of the averaged weights; 0 for none.", 0.0, 0.99999)
    flags.DEFINE_integer("seed", 0, "Seed of everything random.", 0, 2**31 - 1)
    flags.DEFINE_enum("strategy", "default", ("default", "mirrored"), "Mirrored: on all GPUs.")
    flags.DEFINE_integer("processes", 1, "Processes that train together, under JAX.", 1)
    flags.DEFINE_integer("process_id", 0, "Number of this one of the --processes, from 0.", 0)
    flags.DEFINE_string("coordinator", None, "Address of process 0 of several, host:port.")
    flags.DEFINE_enum("mixed_precision", "none", sorted(POLICIES), "Lower precision to compute in.")
    flags.DEFINE_enum("placement", "map", ("map", "device", "step"), "Where images are degraded.")
    flags.DEFINE_integer("log_every", 100, "Steps between checkpoints.", lower_bound=1)
    flags.DEFINE_integer("eval_every", 1000, "Steps between evaluations.", lower_bound=1)
    flags.DEFINE_bool("tensorboard", False, "Also write TensorBoard files.")
    flags.DEFINE_bool("smoke", False, "Run in seconds, on made-up pictures.")


def define_network(model, names=None):
    """Defines the flags of the network: `--model`, and `--depth` and `--filters` where it has them.

    Args:
        model: Default of `--model`.
        names: Of the builders in `keras_restore.models` to choose from; `networks()` by default.

    Example:

    >>> define_network("xdncnn")
    """
    flags.DEFINE_enum("model", model, sorted(names or networks()), "Network.")
    flags.DEFINE_integer("depth", None, "Convolutions, if not the network's own number.", 2)
    flags.DEFINE_integer("filters", None, "Channels of the hidden layers, likewise.", 1)


def make_network(**arguments):
    """Builds the network of the flags.

    Args:
        **arguments: Of the builder, such as `channels=3`.

    Returns:
        A `keras.Model`.

    Raises:
        ValueError: If the builder has no such setting, or needs one that is not given.
    """
    f = flags.FLAGS
    builder = getattr(models, f.model)
    parameters = inspect.signature(builder).parameters
    chosen = {name: f[name].value for name in ("depth", "filters") if f[name].value is not None}
    for name in chosen:
        if name not in parameters or isinstance(parameters[name].default, tuple):
            raise ValueError(
                f"--{name} is no setting of {f.model}; it has: {', '.join(parameters)}"
            )
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in {**chosen, **arguments}:
            raise ValueError(f"{f.model} needs --{name}")
    return builder(**arguments, **chosen)


def number_or_range(name, kind=float):
    """Reads a flag that takes a number or a range, "25" or "0,55".

    Args:
        name: Of the flag, which is of absl's list type.
        kind: `float` or `int`.

    Returns:
        The number, or the pair.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> degradation = GaussianNoise(number_or_range("sigma"))
    """
    texts = flags.FLAGS[name].value
    try:
        numbers = tuple(kind(text) for text in texts)
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, 2):
        raise ValueError(
            f"--{name} must be a number or a range of two. Received: {','.join(map(str, texts))}"
        )
    return numbers if len(numbers) == 2 else numbers[0]


def settings_from_flags():
    """Returns the flags that the result depends on, as a dictionary of JSON values."""
    by_module = flags.FLAGS.flags_by_module_dict()
    ours = [flag for module in (sys.argv[0], __name__) for flag in by_module.get(module, [])]
    settings = {flag.name: flag.value for flag in ours if flag.name not in NOT_SETTINGS}
    backend = keras.backend.backend()
    return settings if backend == "tensorflow" else settings | {"backend": backend}


def make_strategy():
    """Returns what has the `scope()` to train in: one device, or those of `--strategy`.

    Returns:
        A `tf.distribute` strategy, or under JAX a `keras.distribution.DataParallel` of all devices
        of all processes.

    Raises:
        ValueError: If the devices cannot share the batches evenly.
    """
    f = flags.FLAGS
    if f.strategy != "mirrored" and f.processes == 1:
        return tf.distribute.get_strategy()
    if keras.backend.backend() == "tensorflow":
        return tf.distribute.MirroredStrategy()
    devices = keras.distribution.list_devices()
    if f.batch_size % len(devices):
        raise ValueError(
            f"--batch_size must be a multiple of {len(devices)}, the number of devices. "
            f"Received: --batch_size={f.batch_size}"
        )
    return keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)


def set_up():
    """Seeds Keras' initialisers and sets the dtype policy, as the flags say.

    Warns of a precision that the processor has no instructions for. Under JAX, TensorFlow feeds
    the training from the CPU and leaves the GPUs alone.
    """
    precision = flags.FLAGS.mixed_precision
    if keras.backend.backend() == "jax":
        tf.config.set_visible_devices([], "GPU")
    keras.utils.set_random_seed(flags.FLAGS.seed)
    keras.config.set_dtype_policy(POLICIES[precision])
    slow = precision == "float16" or (precision == "bfloat16" and has_bfloat16() is False)
    if slow and on_cpu():
        print(
            f"--mixed_precision={precision}: this processor has no instructions for it, "
            "float32 (none) is faster.",
            file=sys.stderr,
        )


def make_optimizer():
    """Returns the optimizer of the flags, with its learning rate schedule.

    SGD has Nesterov-free momentum 0.9 (DnCNN). "exponential" falls from --learning_rate to
    --final_learning_rate by the same factor every step, "staircase" in two equal falls, after each
    third of the steps, "cosine" along half a cosine, "warmup_stable_decay" in a line over the last
    three tenths.
    """
    f = flags.FLAGS
    if f.schedule == "exponential":
        ratio = f.final_learning_rate / f.learning_rate
        rate = keras.optimizers.schedules.ExponentialDecay(f.learning_rate, f.steps, ratio)
    elif f.schedule == "staircase":
        ratio = (f.final_learning_rate / f.learning_rate) ** 0.5
        rate = keras.optimizers.schedules.ExponentialDecay(
            f.learning_rate, -(-f.steps // 3), ratio, staircase=True
        )
    elif f.schedule == "cosine":
        alpha = f.final_learning_rate / f.learning_rate
        rate = keras.optimizers.schedules.CosineDecay(f.learning_rate, f.steps, alpha)
    elif f.schedule == "warmup_stable_decay":
        rate = WarmupStableDecay(f.learning_rate, f.final_learning_rate, f.steps)
    else:
        rate = f.learning_rate
    decay = f.weight_decay or None
    own = {"sgd": {"momentum": 0.9}, "muon": {"adam_weight_decay": decay}}
    return OPTIMIZERS[f.optimizer](
        learning_rate=rate,
        weight_decay=decay,
        clipnorm=f.clipnorm,
        use_ema=f.ema > 0,
        ema_momentum=f.ema or 0.99,
        **own.get(f.optimizer, {}),
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
