"""What the examples of the docstrings take for granted: names and files."""

import dataclasses
import functools
import importlib
import importlib.util
import math
import pathlib
import shutil

import keras
import made_clips
import numpy as np
import tensorflow as tf
from PIL import Image

import keras_restore
from keras_restore import data, evaluation, inference, models, pictures, recipe
from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.pictures.array_source import ArraySource

av, beam = (
    importlib.util.find_spec(name) and importlib.import_module(name)
    for name in ("av", "apache_beam")
)
PACKAGES = (
    "data degradations evaluation export graph inference layers metrics models ops pictures "
    "protocols published recipe training"
).split()
MODULES = {
    **{"dataclasses": dataclasses, "functools": functools, "math": math, "pathlib": pathlib},
    **{
        "keras": keras,
        "av": av,
        "beam": beam,
        "np": np,
        "tf": tf,
        "Image": Image,
        "keras_restore": keras_restore,
    },
}


@functools.cache
def of_package(package):
    """The names for the examples of one package, without those of their own modules."""
    names = dict(MODULES)
    # The packages' own names, those of the example's package the strongest.
    for each in [*(p for p in PACKAGES if p != package), package]:
        if each in PACKAGES:
            module = importlib.import_module(f"keras_restore.{each}")
            names |= {name: getattr(module, name) for name in module.__all__}
    names |= {each: getattr(keras_restore, each) for each in PACKAGES}
    return names | objects() | {"clean": batch(3)} | OF_PACKAGE.get(package, dict)()


def batch(channels, count=2):
    images = data.synthetic_images(count, 48, channels)
    return tf.constant(np.stack([image for _, image in images]))


@functools.cache
def objects():
    image = batch(3)[0].numpy()
    gray = models.xnet(depth=2, filters=2, kernel_size=3)
    color = models.xnet(3, depth=2, filters=2, kernel_size=3)
    return {
        "image": image,
        "images": data.synthetic_images(3, 48),
        "model": gray,
        "degraded": batch(1).numpy(),
        "noisy": batch(1, 1).numpy(),
        "predictor": inference.open_predictor(color),
        "gray_predictor": inference.open_predictor(gray),
        "batch": batch(3).numpy(),
        "color_batch": batch(3).numpy(),
        "restored": image,
        "pixels": np.uint8(255 * image),
        "rows": np.zeros((100, 200, 3), np.uint8),
    }


def in_inference():
    return {
        "ArraySource": ArraySource,
        "KerasPredictor": KerasPredictor,
        "picture": pictures.open_picture("photo.png"),
    }


def in_ops():
    return {
        "images": batch(3, 8),
        "rgb": batch(3),
        "planes": batch(1)[..., 0],
        "patches": batch(1, 8),
        "sigmas": tf.linspace(0.5, 2.0, 8),
        "model": lambda images: images,
        "low": tf.zeros((16, 16, 3)),
    }


def in_protocols():
    labelled = [(name, image, 1) for name, image in data.synthetic_images(2, 48, 3)]
    pairs = [(name, image, image) for name, image in data.synthetic_images(2, 48, 3)]
    return {
        "clean": batch(3)[0].numpy(),
        "labelled_images": labelled,
        "pairs": pairs,
        "color_images": data.synthetic_images(2, 48, 3),
        "predict": lambda images: np.zeros((len(images), 10)),
        "restore": lambda images: images,
    }


def in_recipe():
    outcome = recipe.Outcome(
        recipe.StudyNetwork("tiny", lambda: models.xnet(depth=2, filters=2), {}),
        keras_restore.training.Workdir("outcome", {}),
        None,
        keras_restore.training.Result({"a_gray_sigma25": {"psnr": 25.0}}, 1.0, 1),
        "a_gray_sigma25",
        keras_restore.metrics.PSNR,
    )
    return {"outcomes": [outcome], "workdir": outcome.workdir}


def in_evaluation():
    measurements = evaluation.evaluate_models(["degraded"], ["photos"], ["color_sigma25"])
    return {"measurements": measurements}


OF_PACKAGE = {
    "evaluation": in_evaluation,
    "inference": in_inference,
    "degradations": lambda: {"kernels": np.full((2, 5, 5), 1 / 25, np.float32)},
    "metrics": lambda: {"restored": batch(3)},
    "ops": in_ops,
    "pictures": lambda: {"rgba": np.zeros((8, 8, 4), np.uint8)},
    "protocols": in_protocols,
    "recipe": in_recipe,
}


def write_files(folder, repository):
    """Writes the pictures and models that examples name."""
    shipped = ("xdncnn_gray_sigma25", "xdncnn_color_blind")
    for name in shipped:
        shutil.copytree(repository / "savedmodels" / name, folder / "savedmodels" / name)
    shutil.copytree(folder / "savedmodels" / shipped[0], folder / "savedmodels/mine")
    shutil.copy(folder / "savedmodels/mine/model.tflite", folder / "model.tflite")
    picture = Image.fromarray(np.uint8(255 * batch(3, 1).numpy()[0])).resize((120, 120))
    for name in (
        *("photo.jpg", "photo.png", "scan.png", "scan.tif", "photos/a.jpg"),
        *("flickr/a.jpg", "rain/clean/a.png", "rain/degraded/a.png"),
        *("Set12/01.png", "cifar10/train/cat/a.png", "cifar10/train/dog/a.png"),
        *("noisy/a.png", "noisy_photos/a.png"),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (picture.convert("L") if "noisy" in name else picture).save(path)
    if av:
        made_clips.write_clip(folder / "clip.mp4", made_clips.frames(4), audio=False)
    data.write_tfrecords(folder / "flickr", folder / "flickr_records", shards=1)
    labels = folder / "SegmentationClass/2007_000032.png"
    labels.parent.mkdir()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(labels)
