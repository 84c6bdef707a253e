"""Small pictures, and what every shipped model makes of them: any engine must give the same.

    python tests/conformance_vectors.py

makes them again, from the Keras models, in a minute; needed once a shipped model has new weights.

`tests/conformance/vectors/` holds the pictures, a folder of expected pictures per model (of 16
bits), and `vectors.json`: of each model the SHA-256 of its `model.keras`, the noise level it was
told, and its pictures. An engine in float32 gives the expected samples, clipped, to `FLOAT32`; at
bfloat16 to `BFLOAT16`; rounded to 8 bits, to one grey level.
"""

import hashlib
import json
import pathlib

import numpy as np

from keras_restore.complete_path import complete_path
from keras_restore.inference import open_predictor, shipped_models
from keras_restore.inference.open_predictor import fit_predictor
from keras_restore.inference.restore import restored_bands
from keras_restore.pictures.metadata import Metadata
from keras_restore.pictures.picture import open_picture
from keras_restore.pictures.picture_writer import PictureWriter

FOLDER = pathlib.Path(__file__).with_name("conformance") / "vectors"
COMMAND = "python tests/conformance_vectors.py"
# Largest difference of float32 engines, of which rounding to 16 bits takes 0.8e-5.
FLOAT32 = 1e-5
# Of bfloat16, in dB to the expected pictures of a model: 57.8 (enlarge) to 67 are reached.
BFLOAT16 = 57.0
# Of files of integers, in times of what the card says of noise, where it is not 1: 1.92 is reached.
INT8 = {"xsrcnn_f_x3": 2.0}
# Of the models that take it.
SIGMA = 25.0
# Height, width, samples (two or four with alpha) and bits; the windows of fixed-size files, of the
# page and of the tests have 256 pixels.
PICTURES = {
    "gray_1x1": (1, 1, 1, 8),
    "gray_3x700": (3, 700, 1, 8),
    "gray_alpha_23x19": (23, 19, 2, 8),
    "gray_16_bits_15x17": (15, 17, 1, 16),
    "gray_256x5": (256, 5, 1, 8),
    "rgb_1x2": (1, 2, 3, 8),
    "rgb_31x29": (31, 29, 3, 8),
    "rgb_256x4": (256, 4, 3, 8),
    "rgb_4x257": (4, 257, 3, 8),
    "rgb_255x4": (255, 4, 3, 8),
    "rgb_alpha_13x21": (13, 21, 4, 8),
    "rgb_16_bits_17x13": (17, 13, 3, 16),
}


def read():
    """The models of `vectors.json`, from name to a dictionary; stale ones are refused."""
    models = _models()
    for name, folder in shipped_models().items():
        if models.get(name, {}).get("sha256") != digest(folder):
            raise ValueError(f"The vectors of {name!r} are of other weights. Run: {COMMAND}")
    return models


def models():
    """The names of the models that have vectors."""
    return list(_models())


def pictures(model):
    """Pairs (name of a picture, noise level to tell or None) of a model."""
    entry = read()[model]
    return [(name, entry["sigma"]) for name in entry["pictures"]]


def path(name):
    """Where a picture lies."""
    return FOLDER / f"{name}.png"


def _models():
    return json.loads((FOLDER / "vectors.json").read_text())["models"]


def restored(predictor, path, sigma=None, tile=None):
    """What a predictor makes of a picture: float32 in [0, 1], alpha behind the colours."""
    with open_picture(path) as picture:
        predictor = fit_predictor(predictor, picture.channels, sigma=sigma)
        bands = restored_bands(picture, predictor, tile, dtype=np.float32)
        return np.clip(np.concatenate(list(bands)), 0, 1)


def expected(model, name):
    """The expected picture of a model, as `samples`."""
    return samples(path(f"{model}/{name}"))


def samples(path):
    """All samples of a picture's file, float64 in [0, 1]."""
    with open_picture(path) as picture:
        parts = [picture.read(picture.height)]
        parts += [] if picture.alpha is None else [picture.alpha]
    return np.concatenate(parts, axis=2) / np.iinfo(parts[0].dtype).max


def digest(folder):
    """SHA-256 of a model's weights, as they lie in its folder."""
    return hashlib.sha256((folder / "model.keras").read_bytes()).hexdigest()


def main():
    with complete_path(FOLDER) as folder:
        folder.mkdir()
        for seed, (name, (*shape, bits)) in enumerate(PICTURES.items()):
            write(folder / f"{name}.png", drawn(*shape, seed), bits)
        models = {}
        for model, shipped in shipped_models().items():
            predictor = open_predictor(shipped / "model.keras")
            sigma = SIGMA if predictor.takes_sigma else None
            fitting = [name for name in PICTURES if predictor.channels == 1 or "rgb" in name]
            for name in fitting:
                values = restored(predictor, folder / f"{name}.png", sigma)
                write(folder / model / f"{name}.png", values, 16)
            models[model] = {"sha256": digest(shipped), "sigma": sigma, "pictures": fitting}
        text = json.dumps({"models": models}, indent=2)
        (folder / "vectors.json").write_text(text + "\n")


def drawn(height, width, count, seed):
    """A smooth picture with edges and noise; the alpha of some has holes."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width][..., None]
    phases = np.arange(count)
    values = 0.5 + 0.3 * np.sin(rows / 5 + phases) * np.cos(columns / 6)
    values = values + 0.2 * ((rows // 9 + columns // 11) % 2)
    values = values + generator.normal(0, 20 / 255, values.shape)
    if count in (2, 4):
        values[..., -1:] = np.clip((rows + columns - 9) / 9, 0, 1)
    return np.clip(values, 0, 1)


def write(path, values, bits):
    dtype = np.uint8 if bits == 8 else np.uint16
    pixels = np.rint(values * np.iinfo(dtype).max).astype(dtype)
    with PictureWriter(path, *pixels.shape, dtype, Metadata()) as file:
        file.write(pixels)


if __name__ == "__main__":
    main()
