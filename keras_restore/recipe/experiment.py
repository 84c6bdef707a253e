"""What recipes do in the same way: from the flags to the trained and exported model."""

import atexit
import pathlib
import shutil
import sys
import tempfile

import keras
from absl import flags

from keras_restore.data import (
    FolderReader,
    ImageSet,
    describe_skipped,
    split_pairs,
    synthetic_images,
)
from keras_restore.export import write_artifacts
from keras_restore.inference.card import Card
from keras_restore.machine import machine
from keras_restore.recipe.flags import (
    INITIALIZERS,
    LOSSES,
    make_callbacks,
    make_optimizer,
    make_strategy,
    set_up,
    settings_from_flags,
)
from keras_restore.training import (
    Evaluation,
    Workdir,
    initialize,
    is_first,
    join,
    start_from,
    train,
)


def experiment(build, color, degradation, protocols, *, pairs=None, described=None, task, **fields):
    """Carries out what most recipes are: trains one network, measures it and exports it.

    Args:
        build: Function without arguments that returns the model.
        color: Of the training images, as in `ImageSet.from_folder`.
        degradation: A degradation; without effect on the pairs of `--pairs_dir`.
        protocols: List of protocols to measure by, see `evaluations`.
        pairs: Those for folders of pairs, if they are others.
        described: The degradation that the card names, if it can hold no other.
        task: Words for people.
        **fields: Further fields of the card, see `finish`.

    Raises:
        ValueError: If a flag, an image or a number does not fit.
        OSError: If a folder cannot be read or written.

    Example:

    >>> build = lambda: make_network(channels=1)
    >>> measured = [protocols.gray_denoising(25)]
    >>> experiment(build, "gray", GaussianNoise(25), measured, task="gray denoising", sigma=25)
    """
    workdir = open_workdir()
    images = training_images(color)
    measured = evaluations(protocols, pairs)
    model, result = train_from_flags(build, images, degradation, measured, workdir)
    finish(
        model,
        result,
        workdir,
        images,
        degradation=described or degradation,
        task=task,
        color="luma" if color == "luma" else None,
        **fields,
    )
    if is_first():
        print(f"Done. Everything is in {workdir.path}")


def open_workdir():
    """Joins the processes of the flags and opens the directory of `--workdir` for their settings.

    Of several processes the first has the directory, and each other one a copy that goes with it.

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
    f = flags.FLAGS
    if f.batch_size % f.processes:
        raise ValueError(
            f"--batch_size must be a multiple of --processes. Received: --batch_size={f.batch_size}"
            f" --processes={f.processes}"
        )
    join(f.processes, f.process_id, f.coordinator)
    path = f.workdir
    if not is_first():
        path = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, path, ignore_errors=True)
        if pathlib.Path(f.workdir).is_dir():
            hidden = shutil.ignore_patterns(".*", "pictures", "saved_model")
            shutil.copytree(f.workdir, path, ignore=hidden, dirs_exist_ok=True)
    return Workdir(path, settings_from_flags())


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
            initialize(model, f.init, f.seed)
        if f.start_from:
            start_from(model, f.start_from, getattr(degradation, "sigma", None))
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


def finish(model, result, workdir, images, *, degradation, task, more=None, **fields):
    """Exports a trained model into its workdir, with a card that says how it came about.

    Of several processes the first one does.

    Args:
        model: The model.
        result: The `Result`.
        workdir: The `Workdir`.
        images: The training `ImageSet`.
        degradation: The degradation; without effect on the pairs of `--pairs_dir`.
        task: Words for people.
        more: Dictionary of what else the recipe knows, of JSON values.
        **fields: Further fields of a `Card`: sigma (without effect on pairs), color, upscale.

    Raises:
        ValueError: If the model cannot be exported.
    """
    if not is_first():
        return
    f = flags.FLAGS
    if f.pairs_dir:
        degradation, fields["sigma"] = "given pairs", None
    else:
        degradation = keras.saving.serialize_keras_object(degradation)
    trained = {
        "command": " ".join(["python", *sys.argv]),
        "settings": settings_from_flags(),
        "data": [pathlib.Path(folder).name for folder in f.train_dir or f.pairs_dir],
        "training_images": len(images),
        "steps": result.steps,
        "training_seconds": round(result.seconds),
    }
    card = Card(
        name=workdir.path.name,
        task=task,
        degradation=degradation,
        scores=result.scores,
        machine=machine(),
        more=(more or {}) | trained,
        **fields,
    )
    write_artifacts(model, workdir.path, card)
