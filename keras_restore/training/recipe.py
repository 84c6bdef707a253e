"""What every recipe does in the same way: the flags' objects, the run, the card."""

import pathlib
import sys

import keras
from absl import app, flags

from keras_restore.data import (
    FolderReader,
    ImageSet,
    describe_skipped,
    split_pairs,
    synthetic_images,
)
from keras_restore.inference.card import Card
from keras_restore.machine import machine
from keras_restore.training.flags import (
    INITIALIZERS,
    LOSSES,
    make_callbacks,
    make_optimizer,
    make_strategy,
    set_up,
    settings_from_flags,
)
from keras_restore.training.initialise import initialise
from keras_restore.training.spine import Evaluation, train
from keras_restore.training.start_from import start_from
from keras_restore.training.workdir import Workdir

# What `--smoke` makes of the flags.
SMOKE = {"steps": 4, "log_every": 2, "eval_every": 2, "batch_size": 2, "patch_size": 24}


def run(main, presets=None):
    """Runs a recipe: parses the flags, and turns a user's mistake into one line.

    Args:
        main: The recipe's function without arguments.
        presets: Dictionary from the names that `--preset` takes to dictionaries of flags; a
            flag on the command line is stronger.
    """
    if presets:
        flags.DEFINE_enum(
            "preset", None, sorted(presets), "A paper's settings; flags override them."
        )

    def guarded(argv):
        f = flags.FLAGS
        if argv[1:]:
            sys.exit(f"error: arguments that are no flags: {' '.join(argv[1:])}")
        for name, value in (presets[f.preset] if presets and f.preset else {}).items():
            if not f[name].present:
                setattr(f, name, value)
        if f.smoke:
            for name, value in SMOKE.items():
                setattr(f, name, value)
        try:
            main()
        except (ValueError, OSError, FloatingPointError) as error:
            sys.exit(f"error: {error}")
        except KeyboardInterrupt:
            sys.exit(130)

    app.run(guarded)


def open_workdir():
    """Opens the directory of `--workdir` for the settings of the flags.

    Returns:
        A `Workdir`.

    Raises:
        ValueError: If the flag is missing, or the directory holds something else.
        OSError: If the directory cannot be written.
    """
    if not flags.FLAGS.workdir:
        raise ValueError("Give the directory of the run: --workdir=runs/NAME")
    start = flags.FLAGS.start_from
    if start and not pathlib.Path(start).is_file():
        raise ValueError(f"--start_from must be a .keras file that exists. Received: {start}")
    return Workdir(flags.FLAGS.workdir, settings_from_flags())


def training_images(color="rgb"):
    """Decodes the images of `--train_dir` or the pairs of `--pairs_dir`, or makes some up.

    Args:
        color: As in `ImageSet.from_folder`.

    Returns:
        An `ImageSet`, see `ImageSet.from_pairs` for pairs.

    Raises:
        ValueError: If the flag is missing, both are given, or no image is usable.
        OSError: If a folder does not exist.
    """
    f = flags.FLAGS
    if f.pairs_dir:
        if f.train_dir:
            raise ValueError("Give --train_dir or --pairs_dir, not both.")
        if color == "luma":
            raise ValueError("--pairs_dir is for networks of RGB or gray images, not of the luma.")
        return ImageSet.from_pairs(f.pairs_dir, f.patch_size, 3 if color == "rgb" else 1)
    if f.smoke and not f.train_dir:
        return synthetic_images(channels=3 if color == "rgb" else 1)
    if not f.train_dir:
        raise ValueError("Give the folder of the training images: --train_dir or --pairs_dir")
    names, leave_out = (
        pathlib.Path(file).read_text().split() if file else None
        for file in (f.train_list, f.leave_out)
    )
    return ImageSet.from_folder(f.train_dir, color, f.patch_size, names, leave_out or ())


def evaluations(protocols, pairs=None):
    """Decodes the images of each `--val_dir`, or makes some up for `--smoke`.

    Args:
        protocols: List of protocols, each to measure by on every folder.
        pairs: Those to measure by on folders of pairs, see `FolderReader.of_folder`; the same by
            default.

    Returns:
        List of `Evaluation`.

    Raises:
        ValueError: If a folder has no usable image.
        OSError: If a folder does not exist.
    """
    folders = [pathlib.Path(folder) for folder in flags.FLAGS.val_dir]
    if flags.FLAGS.smoke and not folders:
        return [
            Evaluation("synthetic", synthetic_images(2, channels=p.channels, seed=1), p)
            for p in protocols
        ]
    found = []
    for folder in folders:
        paired = pairs is not None and FolderReader.of_folder(folder).paired
        chosen = pairs if paired else protocols
        read = {}
        for channels in {p.file_channels for p in chosen}:
            reader = FolderReader.of_folder(folder, channels)
            read[channels] = list(reader)
            if reader.skipped:
                print(f"{folder}: {describe_skipped(reader.skipped)}")
            if not read[channels]:
                raise ValueError(f"There is no usable image in {str(folder)!r}.")
        found += [Evaluation(folder.name, read[p.file_channels], p) for p in chosen]
    return found


def train_from_flags(build, images, degradation, evaluations, workdir):
    """Builds a model under the strategy of the flags and trains it as they say.

    Args:
        build: Function without arguments that returns the model.
        images: An `ImageSet`.
        degradation: A degradation; without effect on the pairs of `--pairs_dir`.
        evaluations: List of `Evaluation`.
        workdir: A `Workdir`.

    Returns:
        The pair of the trained model and the `Result`.
    """
    f = flags.FLAGS
    if f.start_from and f.init != INITIALIZERS[0]:
        raise ValueError("--start_from and --init exclude each other.")
    set_up()
    with make_strategy().scope():
        model = build()
        if f.init != INITIALIZERS[0]:
            initialise(model, f.init, f.seed)
        if f.start_from:
            start_from(model, f.start_from)
        result = train(
            model,
            images,
            split_pairs if f.pairs_dir else degradation,
            workdir=workdir,
            optimizer=make_optimizer(),
            loss=LOSSES[f.loss],
            steps=f.steps,
            batch_size=f.batch_size,
            patch_size=f.patch_size,
            seed=f.seed,
            evaluations=evaluations,
            placement=f.placement,
            log_every=f.log_every,
            eval_every=f.eval_every,
            callbacks=make_callbacks(workdir),
        )
    return model, result


def training_card(workdir, images, result, degradation=None, *, task, more=None, **fields):
    """Gathers what a card says of the training.

    Args:
        workdir: The `Workdir`.
        images: The training `ImageSet`.
        result: The `Result`.
        degradation: The degradation; without effect on the pairs of `--pairs_dir`.
        task: Words for people.
        more: Dictionary of what else the recipe knows, of JSON values.
        **fields: Further fields of a `Card`: sigma (without effect on pairs), color, upscale.

    Returns:
        A `Card`.
    """
    f = flags.FLAGS
    if f.pairs_dir:
        degradation, fields["sigma"] = "given pairs", None
    elif degradation is not None:
        degradation = keras.saving.serialize_keras_object(degradation)
    trained = {
        "command": " ".join(["python", *sys.argv]),
        "settings": settings_from_flags(),
        "data": [pathlib.Path(folder).name for folder in f.train_dir or f.pairs_dir],
        "training_images": len(images),
        "steps": result.steps,
        "training_seconds": round(result.seconds),
    }
    return Card(
        name=workdir.path.name,
        task=task,
        degradation=degradation,
        scores=result.scores,
        machine=machine(),
        more=(more or {}) | trained,
        **fields,
    )
