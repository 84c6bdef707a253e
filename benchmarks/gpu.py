"""Times and trains denoisers on a GPU, under JAX and without TensorFlow.

    python benchmarks/gpu.py pack images.npz --train_dir=DATA/train/Train400
    python benchmarks/gpu.py time --output=gpu.md
    python benchmarks/gpu.py train --images=images.npz --sigma=0,55 --workdir=run --minutes=9
    python benchmarks/gpu.py export --workdir=run --images=images.npz --val_dir=DATA/test/Set12

`pack` and `export` run where the package is installed. `time` and `train` need only jax, keras and
what keras needs, no h5py, no network: with this repository as the working directory they run on a
machine that has nothing else.

`time`: a training step of each network in float32 and bfloat16, with each way to compute the 9x9
depthwise filters, then batches of twice as many patches each until the pixels per second grow by
less than 5 % or the memory is full.

`train`: the images are one uint8 array on the device; crops, flips and noise are drawn in the step
from (seed, step). `--minutes` ends a sitting after a checkpoint, and the same command continues to
the same weights. `run/checkpoint.npz`, which appears only when complete, is all that has to be
brought back: `export` makes of it what a recipe leaves, the batch norm statistics estimated anew.
"""

import argparse
import contextlib
import json
import os
import pathlib
import sys
import time

import numpy as np

NETWORKS = ("xdncnn", "dncnn", "red10", "xsrcnn_f")
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
DEPTHWISE = ("own", "filters", "shifts")
STEPS, ROUNDS = 10, 3
# A batch twice as large is useful if the pixels per second grow by this factor.
USEFUL = 1.05
CHECKPOINT = "checkpoint.npz"
ARRAYS = ("pixels", "offsets", "heights", "widths")
# Settings that say where and how long, not what is computed.
NOT_SETTINGS = ("command", "images", "workdir", "minutes", "save_every")


@contextlib.contextmanager
def depthwise_by(way):
    """Makes XUnit compute its filters by one of `DEPTHWISE` while a step is traced.

    Args:
        way: "own" is XLA's; "filters" takes the filter gradient as one sum of products per tap;
            "shifts" takes the convolution and its input gradient as shifted products as well.
    """
    import jax
    from jax import numpy as jnp

    from keras_restore.layers import XUnit

    def own(inputs, kernel):
        return jax.lax.conv_general_dilated(
            inputs,
            jnp.reshape(kernel, (*kernel.shape[:2], 1, -1)),
            (1, 1),
            "SAME",
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=inputs.shape[-1],
        )

    def windows(inputs, rows, columns):
        height, width = inputs.shape[1:3]
        borders = ((0, 0), (rows // 2,) * 2, (columns // 2,) * 2, (0, 0))
        padded = jnp.pad(inputs, borders)
        return [
            padded[:, i : i + height, j : j + width] for i in range(rows) for j in range(columns)
        ]

    def shifts(inputs, kernel):
        taps = jnp.reshape(kernel, (-1, kernel.shape[2]))
        total = 0.0
        for window, tap in zip(windows(inputs, *kernel.shape[:2]), taps, strict=True):
            total += jnp.float32(window) * jnp.float32(tap)
        return total.astype(inputs.dtype)

    forward = shifts if way == "shifts" else own

    @jax.custom_vjp
    def convolve(inputs, kernel):
        return forward(inputs, kernel)

    def gradients(kept, upstream):
        inputs, kernel = kept
        taps = [
            jnp.sum(jnp.float32(window) * jnp.float32(upstream), (0, 1, 2))
            for window in windows(inputs, *kernel.shape[:2])
        ]
        filters = jnp.reshape(jnp.stack(taps), kernel.shape).astype(kernel.dtype)
        return forward(upstream, kernel[::-1, ::-1]), filters

    convolve.defvjp(lambda *kept: (forward(*kept), kept), gradients)

    def fast_depthwise(layer, inputs):
        outputs = (own if way == "own" else convolve)(inputs, jnp.asarray(layer.depthwise.kernel))
        return outputs + layer.depthwise.bias if layer.use_bias else outputs

    kept = XUnit._fast_depthwise
    XUnit._fast_depthwise = fast_depthwise
    try:
        yield
    finally:
        XUnit._fast_depthwise = kept


class Training:
    """A network in training on patches that its step draws.

    Args:
        model: A denoiser, told the noise level or not.
        optimizer: A Keras optimizer.
        images: Dictionary of `ARRAYS` and "channels".
        settings: Namespace of `batch_size`, `patch_size`, `sigma` (lowest and highest), `loss`,
            `seed` and `depthwise`.
    """

    def __init__(self, model, optimizer, images, settings):
        import jax
        from jax import numpy as jnp

        if images["pixels"].size > np.iinfo(np.int32).max:
            raise ValueError("The images must have fewer than 2**31 values: leave some out.")
        optimizer.build(model.trainable_variables)
        self.model, self.optimizer, self.settings = model, optimizer, settings
        self.channels = int(images["channels"])
        self.images = {name: jnp.asarray(np.asarray(images[name])) for name in ARRAYS}
        self.key = jax.random.key(settings.seed)
        self.variables = (
            model.trainable_variables,
            model.non_trainable_variables,
            optimizer.variables,
        )
        self.state = [[jnp.array(v.value) for v in group] for group in self.variables]
        self._step = jax.jit(self._take_step, donate_argnums=0)

    def batch(self, images, step):
        """The clean patches, the noisy ones, and the level of each, `(batch, 1, 1, 1)`."""
        import jax
        from jax import numpy as jnp

        count, size = self.settings.batch_size, self.settings.patch_size
        keys = jax.random.split(jax.random.fold_in(self.key, step), 5)
        image = jax.random.randint(keys[0], (count,), 0, len(images["offsets"]))
        height, width = images["heights"][image], images["widths"][image]
        room = jnp.stack([height, width], 1) - size + 1
        corner = jax.random.randint(keys[1], (count, 2), 0, room)[:, :, None, None]
        variant = jax.random.randint(keys[2], (count,), 0, 8)[:, None, None]
        line = jnp.arange(size)
        down, across = line[None, :, None], line[None, None, :]
        down, across = (
            jnp.where(variant // 4, across, down),
            jnp.where(variant // 4, down, across),
        )
        rows = jnp.where(variant % 2, size - 1 - down, down) + corner[:, 0]
        columns = jnp.where(variant // 2 % 2, size - 1 - across, across) + corner[:, 1]
        pixel = images["offsets"][image][:, None, None] + self.channels * (
            rows * width[:, None, None] + columns
        )
        values = images["pixels"][pixel[..., None] + jnp.arange(self.channels)]
        clean = values.astype(jnp.float32) / 255
        low, high = self.settings.sigma
        sigma = jax.random.uniform(keys[3], (count, 1, 1, 1), minval=low, maxval=high)
        noise = jax.random.normal(keys[4], clean.shape)
        return clean, clean + noise * sigma / 255, sigma

    def _take_step(self, state, images, step):
        import jax
        from jax import numpy as jnp

        trainable, others, optimizer = state
        clean, noisy, sigma = self.batch(images, step)
        told = len(self.model.inputs) > 1

        def loss(trainable, others):
            inputs = {"degraded": noisy, "sigma": sigma} if told else noisy
            restored, others = self.model.stateless_call(trainable, others, inputs, training=True)
            error = restored - clean
            return jnp.mean(jnp.abs(error) if self.settings.loss == "mae" else error**2), others

        with depthwise_by(self.settings.depthwise):
            (value, others), gradients = jax.value_and_grad(loss, has_aux=True)(trainable, others)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return [trainable, others, optimizer], value

    def run(self, first, count):
        """Takes steps and returns their mean loss, when it is there."""
        total = 0.0
        for step in range(first, first + count):
            self.state, loss = self._step(self.state, self.images, step)
            total += loss
        return float(total) / count

    def save(self, path, **facts):
        """Writes everything needed to continue, and the evaluation weights as "weight0", ..."""
        from keras_restore.complete_path import complete_path

        for variables, values in zip(self.variables, self.state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        arrays = {f"{i}_{j}": v for i, vs in enumerate(self.state) for j, v in enumerate(vs)}
        if self.optimizer.use_ema:
            self.optimizer.finalize_variable_values(self.model.trainable_variables)
        arrays |= {f"weight{i}": w for i, w in enumerate(self.model.get_weights())}
        with complete_path(path) as partial, open(partial, "wb") as file:
            np.savez(file, **arrays, **{name: json.dumps(fact) for name, fact in facts.items()})

    def load(self, archive):
        """Takes the state of an open file that `save` wrote."""
        from jax import numpy as jnp

        self.state = [
            [jnp.asarray(archive[f"{i}_{j}"]) for j in range(len(variables))]
            for i, variables in enumerate(self.variables)
        ]


def made_up_images(channels=1):
    """Noise to time with, in the form that `pack` writes."""
    pixels = np.random.default_rng(0).integers(0, 256, (16, 192, 192, channels), np.uint8)
    sides = np.full(len(pixels), 192)
    offsets = np.arange(len(pixels)) * pixels[0].size
    arrays = (pixels.reshape(-1), offsets, sides, sides)
    return dict(zip(ARRAYS, arrays, strict=True)) | {"channels": channels}


def build(network, channels, chosen):
    """The network, with the depth and the filters that were chosen."""
    from keras_restore import models

    given = {name: value for name, value in chosen.items() if value is not None}
    return getattr(models, network)(channels=channels, **given)


def measure(network, precision, depthwise, batch_size, arguments):
    """Milliseconds of a step, the fastest of some rounds, and the device's peak memory in MB."""
    import jax
    import keras

    keras.config.set_dtype_policy(PRECISIONS[precision])
    chosen = {"depth": arguments.depth, "filters": arguments.filters}
    settings = argparse.Namespace(
        **{"batch_size": batch_size, "patch_size": arguments.patch_size, "sigma": (25, 25)},
        **{"loss": "mse", "seed": 0, "depthwise": depthwise},
    )
    optimizer = keras.optimizers.Adam(1e-4)
    training = Training(build(network, 1, chosen), optimizer, made_up_images(), settings)
    training.run(0, 2)
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        training.run(2, arguments.steps)
        seconds.append((time.perf_counter() - start) / arguments.steps)
    facts = jax.local_devices()[0].memory_stats() or {}
    return 1e3 * min(seconds), facts.get("peak_bytes_in_use", 0) / 2**20


def command_time(arguments):
    import jax

    lines = [
        f"{jax.local_devices()[0].device_kind}; JAX {jax.__version__}; patches of "
        f"{arguments.patch_size} x {arguments.patch_size}",
        "",
        "| network | precision | depthwise | batch | ms per step | megapixels/s | peak MB so far |",
        "|---|---|---|---|---|---|---|",
    ]

    def row(network, precision, depthwise, batch_size):
        try:
            ms, mb = measure(network, precision, depthwise, batch_size, arguments)
        except jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" not in str(error):
                raise
            ms, mb = float("inf"), 0
        rate = batch_size * arguments.patch_size**2 / ms / 1e3
        name = depthwise if network.startswith("x") else ""
        lines.append(
            f"| {network} | {precision} | {name} | {batch_size} | {ms:.1f} | {rate:.2f} "
            f"| {mb:.0f} |"
        )
        print(lines[-1], flush=True)
        if arguments.output:
            pathlib.Path(arguments.output).write_text("\n".join(lines) + "\n")
        return rate

    for network in arguments.networks:
        rates = {}
        for precision in PRECISIONS:
            for depthwise in DEPTHWISE if network.startswith("x") else DEPTHWISE[:1]:
                key = network, precision, depthwise
                rates[key] = row(*key, arguments.batch_size)
        best = max(rates, key=rates.get)
        rate, batch_size = rates[best], arguments.batch_size
        while batch_size < arguments.largest_batch:
            batch_size *= 2
            before, rate = rate, row(*best, batch_size)
            if rate < USEFUL * before:
                break


def command_train(arguments):
    import keras

    settings = {k: v for k, v in vars(arguments).items() if k not in NOT_SETTINGS}
    path = pathlib.Path(arguments.workdir) / CHECKPOINT
    images = dict(np.load(arguments.images))
    smallest = int(min(images["heights"].min(), images["widths"].min()))
    if arguments.patch_size > smallest:
        raise ValueError(f"--patch_size must be at most {smallest}, the smallest side of an image.")
    keras.utils.set_random_seed(arguments.seed)
    keras.config.set_dtype_policy(PRECISIONS[arguments.precision])
    chosen = {"depth": arguments.depth, "filters": arguments.filters}
    model = build(arguments.model, int(images["channels"]), chosen)
    rate = keras.optimizers.schedules.CosineDecay(
        arguments.learning_rate,
        arguments.steps,
        arguments.final_learning_rate / arguments.learning_rate,
    )
    average = {"use_ema": arguments.ema > 0, "ema_momentum": arguments.ema or 0.99}
    training = Training(model, keras.optimizers.Adam(rate, **average), images, arguments)
    step, spent, log = 0, 0.0, []
    if path.exists():
        with np.load(path) as archive:
            there = json.loads(str(archive["settings"]))
            if there != settings:
                differing = [name for name in settings if there.get(name) != settings[name]]
                raise ValueError(f"{path} is of a run with other settings: {', '.join(differing)}.")
            log = json.loads(str(archive["log"]))
            training.load(archive)
        step, spent = log[-1]["step"], log[-1]["seconds"]
        print(f"Continuing at step {step} of {arguments.steps}.")
    start = time.perf_counter()
    while step < arguments.steps:
        begun = time.perf_counter()
        count = min(arguments.save_every, arguments.steps - step)
        loss = training.run(step, count)
        if not np.isfinite(loss):
            raise FloatingPointError(f"The loss is {loss} before step {step + count}.")
        step += count
        now = time.perf_counter()
        speed = count * arguments.batch_size / (now - begun)
        log.append({"step": step, "seconds": spent + now - start, "loss": loss})
        training.save(path, settings=settings, log=log, channels=training.channels)
        print(f"step {step}: loss {loss:.6g}, {speed:.0f} patches/s", flush=True)
        if step < arguments.steps and 60 * arguments.minutes <= time.perf_counter() - start:
            print(f"{arguments.minutes:g} minutes are over; the same command continues.")
            return
    print(f"Done. Bring {path} back.")


def command_pack(arguments):
    from keras_restore.complete_path import complete_path
    from keras_restore.data import ImageSet, describe_skipped

    images = ImageSet.from_folder(arguments.train_dir, arguments.color, arguments.smallest)
    if images.pixels.dtype != np.uint8:
        raise ValueError("The images must have 8 bits.")
    with complete_path(arguments.images) as partial, open(partial, "wb") as file:
        arrays = {name: getattr(images, name) for name in ARRAYS}
        np.savez_compressed(file, **arrays, channels=images.channels)
    print(f"{len(images)} images. {describe_skipped(images.skipped)}")


def command_export(arguments):
    import keras

    from keras_restore import data, degradations, export, inference, machine, protocols, training

    with np.load(pathlib.Path(arguments.workdir) / CHECKPOINT) as archive:
        settings, log = (json.loads(str(archive[name])) for name in ("settings", "log"))
        channels = int(archive["channels"])
        chosen = {"depth": settings["depth"], "filters": settings["filters"]}
        model = build(settings["model"], channels, chosen)
        model.set_weights([archive[f"weight{i}"] for i in range(len(model.weights))])
    with np.load(arguments.images) as packed:
        places = zip(*(packed[name] for name in ARRAYS[1:]), strict=True)
        images = data.ImageSet(
            [
                (str(i), packed["pixels"][o : o + h * w * channels].reshape(h, w, channels))
                for i, (o, h, w) in enumerate(places)
            ]
        )
    low, high = settings["sigma"]
    noise = degradations.GaussianNoise(low if low == high else (low, high))
    told = data.TellSigma(noise) if len(model.inputs) > 1 else noise
    sizes = settings["patch_size"], settings["batch_size"]
    batches = data.training_dataset(images, told, *sizes, seed=settings["seed"] + 1).take(20)
    training.reestimate_batch_norm(model, [x for x, _ in batches.as_numpy_iterator()])
    measured = protocols.gray_denoising if channels == 1 else protocols.color_denoising
    predictor = inference.open_predictor(model)
    scores = {}
    for folder in map(pathlib.Path, arguments.val_dir):
        for level in (low,) if low == high else (15, 25, 50):
            protocol = measured(level)
            reader = data.FolderReader.of_folder(folder, channels)
            rows = protocols.evaluate(predictor.told(level), reader, protocol)
            scores[f"{folder.name}_{protocol.name}"] = protocol.summary(rows)
    card = inference.Card(
        name=pathlib.Path(arguments.workdir).name,
        task=f"{'gray' if channels == 1 else 'colour'} denoising",
        degradation=keras.saving.serialize_keras_object(noise),
        sigma=low if low == high else (low, high),
        scores=scores,
        machine=machine.machine(),
        more={"settings": settings, **log[-1]},
    )
    export.write_artifacts(model, arguments.workdir, card)
    for name, score in scores.items():
        print(f"{name}: {score['psnr']:.3f} dB")


def number_or_range(text):
    numbers = tuple(float(number) for number in text.split(","))
    if len(numbers) > 2:
        raise argparse.ArgumentTypeError(f"must be a number or a range of two, 0,55: {text}")
    return [numbers[0], numbers[-1]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    network = argparse.ArgumentParser(add_help=False)
    network.add_argument("--depth", type=int)
    network.add_argument("--filters", type=int)

    pack = commands.add_parser("pack", help="Write images as one file.")
    pack.add_argument("images")
    pack.add_argument("--train_dir", action="append", required=True)
    pack.add_argument("--color", choices=("gray", "rgb"), default="gray")
    pack.add_argument("--smallest", type=int, default=80, help="Side, in pixels.")

    timing = commands.add_parser("time", parents=[network], help="Time training steps.")
    timing.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    timing.add_argument("--batch_size", type=int, default=32)
    timing.add_argument("--largest_batch", type=int, default=4096)
    timing.add_argument("--patch_size", type=int, default=40)
    timing.add_argument("--steps", type=int, default=STEPS)
    timing.add_argument("--output", help="Markdown file to write.")

    train = commands.add_parser("train", parents=[network], help="Train, or continue.")
    train.add_argument("--images", required=True, help="What `pack` wrote.")
    train.add_argument("--workdir", required=True)
    train.add_argument("--model", default="xdncnn")
    train.add_argument("--sigma", type=number_or_range, default="25")
    train.add_argument("--loss", choices=("mse", "mae"), default="mse")
    train.add_argument("--precision", choices=tuple(PRECISIONS), default="bfloat16")
    train.add_argument("--depthwise", choices=DEPTHWISE, default="own", help="See `time`.")
    train.add_argument("--steps", type=int, default=100_000)
    train.add_argument("--batch_size", type=int, default=128)
    train.add_argument("--patch_size", type=int, default=80)
    train.add_argument("--learning_rate", type=float, default=1e-3)
    train.add_argument("--final_learning_rate", type=float, default=1e-6)
    train.add_argument("--ema", type=float, default=0.999)
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--save_every", type=int, default=500, help="Steps between checkpoints.")
    train.add_argument("--minutes", type=float, default=float("inf"), help="Of this sitting.")

    finished = commands.add_parser("export", help="Evaluate and export what was trained.")
    finished.add_argument("--images", required=True, help="What `pack` wrote.")
    finished.add_argument("--workdir", required=True)
    finished.add_argument("--val_dir", action="append", default=[])

    arguments = parser.parse_args()
    under_jax = arguments.command in ("time", "train")
    os.environ["KERAS_BACKEND"] = "jax" if under_jax else "tensorflow"
    # The package need not be installed; this folder's `litert.py` is not LiteRT's.
    here = pathlib.Path(__file__).resolve().parent
    sys.path[:] = [str(here.parent), *(path for path in sys.path if path != str(here))]
    try:
        globals()[f"command_{arguments.command}"](arguments)
    except (ValueError, OSError, FloatingPointError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
