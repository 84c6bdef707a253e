"""What every recipe does in the same way: the flags' objects, the run, the card."""

import pathlib
import sys

from absl import app, flags

from keras_restore.data import ImageSet, synthetic_images
from keras_restore.machine import machine
from keras_restore.training.flags import (
    make_callbacks,
    make_optimizer,
    make_strategy,
    set_up,
    settings_from_flags,
)
from keras_restore.training.spine import train
from keras_restore.training.workdir import Workdir

# What `--smoke` makes of the flags.
SMOKE = {"steps": 4, "log_every": 2, "eval_every": 2, "batch_size": 2, "patch_size": 16}


def run(main):
    """Runs a recipe: parses the flags, and turns a user's mistake into one line.

    Args:
        main: The recipe's function without arguments.
    """

    def guarded(argv):
        if argv[1:]:
            sys.exit(f"error: arguments that are no flags: {' '.join(argv[1:])}")
        if flags.FLAGS.smoke:
            for name, value in SMOKE.items():
                setattr(flags.FLAGS, name, value)
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
    return Workdir(flags.FLAGS.workdir, settings_from_flags())


def training_images(channels):
    """Decodes the images of `--train_dir`, or makes some up for `--smoke`.

    Args:
        channels: 1 or 3.

    Returns:
        An `ImageSet`.

    Raises:
        ValueError: If the flag is missing, or no image is usable.
        OSError: If a folder does not exist.
    """
    f = flags.FLAGS
    if f.smoke and not f.train_dir:
        return synthetic_images(channels=channels)
    if not f.train_dir:
        raise ValueError("Give the folder of the training images: --train_dir=FOLDER")
    names = pathlib.Path(f.train_list).read_text().split() if f.train_list else None
    return ImageSet.from_folder(f.train_dir, channels, f.patch_size, names)


def validation_sets(channels):
    """Decodes the images of each `--val_dir`, or makes some up for `--smoke`.

    Args:
        channels: 1 or 3.

    Returns:
        Dictionary from the folder's name to an `ImageSet`.

    Raises:
        ValueError: If a folder has no usable image.
        OSError: If a folder does not exist.
    """
    folders = [pathlib.Path(folder) for folder in flags.FLAGS.val_dir]
    if flags.FLAGS.smoke and not folders:
        return {"synthetic": synthetic_images(2, channels=channels, seed=1)}
    return {folder.name: ImageSet.from_folder(folder, channels) for folder in folders}


def train_from_flags(build, images, degradation, evaluations, workdir, loss="mse"):
    """Builds a model under the strategy of the flags and trains it as they say.

    Args:
        build: Function without arguments that returns the model.
        images: An `ImageSet`.
        degradation: A degradation.
        evaluations: List of `Evaluation`.
        workdir: A `Workdir`.
        loss: A Keras loss, or its name.

    Returns:
        The pair of the trained model and the `Result`.
    """
    f = flags.FLAGS
    set_up()
    with make_strategy().scope():
        model = build()
        result = train(
            model,
            images,
            degradation,
            workdir=workdir,
            optimizer=make_optimizer(),
            loss=loss,
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


def training_card(workdir, images, result, **fields):
    """Gathers what a card says of the training.

    Args:
        workdir: The `Workdir`.
        images: The training `ImageSet`.
        result: The `Result`.
        **fields: What else the recipe knows: task, degradation, paper, ...

    Returns:
        A dictionary of JSON values.
    """
    return {
        "name": workdir.path.name,
        **fields,
        "command": " ".join(["python", *sys.argv]),
        "settings": settings_from_flags(),
        "data": [pathlib.Path(folder).name for folder in flags.FLAGS.train_dir],
        "training_images": len(images),
        "steps": result.steps,
        "training_seconds": round(result.seconds),
        "machine": machine(),
        "scores": result.scores,
    }
