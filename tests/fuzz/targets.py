"""The readers of foreign bytes: for each a function of bytes, and files to begin with.

A reader may return, or raise a `ValueError` in its own words. Anything else is a finding, and so is
a crash, a hang or memory far beyond the file.
"""

import contextlib
import functools
import importlib.util
import io
import json
import os
import pathlib
import struct
import tempfile
import zipfile
import zlib

import checkpoint_files as files
import numpy as np
from made_pictures import picture
from PIL import Image, PngImagePlugin

# Larger pictures are refused before anything is read.
MAX_PIXELS = 1_000_000


@contextlib.contextmanager
def written(data, name):
    """A file of these bytes, in memory where the machine has such a folder."""
    place = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        path = pathlib.Path(folder) / name
        path.write_bytes(data)
        yield path


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def image_of(samples, dtype=np.uint8, size=(9, 14)):
    pixels = picture(*size, samples, dtype)
    return Image.fromarray(pixels[..., 0] if samples == 1 else pixels)


def of_writer(write, name, *arguments, **options):
    """The bytes of a file that a function writes to a path."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        write(path, *arguments, **options)
        return path.read_bytes()


# === pictures ===


def read_picture(data, name):
    from keras_restore.pictures import open_picture

    with written(data, name) as path, open_picture(path, max_pixels=MAX_PIXELS) as opened:
        while opened.height:
            rows = opened.read(min(4, opened.height))
            opened.height -= len(rows)
        opened.metadata.set_size(3, 4)
        opened.metadata.exif_bytes()


def with_sums(data):
    """A PNG file whose check sums are right: few changes would get past them."""
    fixed, position = bytearray(data), 8
    while position + 12 <= len(fixed):
        (length,) = struct.unpack_from(">I", fixed, position)
        end = position + 8 + length
        if end + 4 > len(fixed):
            break
        fixed[end : end + 4] = struct.pack(">I", zlib.crc32(fixed[position + 4 : end]))
        position = end + 4
    return bytes(fixed)


def png(data):
    read_picture(data, "a.png")


def png_seeds():
    from keras_restore.pictures import PictureWriter

    def write(path, samples):
        pixels = picture(9, 14, samples, np.uint16)
        with PictureWriter(path, *pixels.shape, pixels.dtype) as file:
            file.write(pixels)

    deep = [of_writer(write, "a.png", samples) for samples in (1, 2, 3, 4)]
    text = PngImagePlugin.PngInfo()
    text.add_text("note", "words", zip=True)
    palette = image_of(3).quantize(7)
    return [
        *deep,
        saved(image_of(4), "PNG"),
        saved(image_of(3), "PNG", pnginfo=text, dpi=(72, 72), icc_profile=b"profile"),
        saved(image_of(1).convert("1"), "PNG"),
        saved(palette, "PNG", transparency=b"\x00\x80\xff"),
    ]


def tiff(data):
    read_picture(data, "a.tif")


def tiff_seeds():
    from keras_restore.pictures import PictureWriter

    def write(path, samples):
        pixels = picture(9, 14, samples, np.uint16)
        with PictureWriter(path, *pixels.shape, pixels.dtype) as file:
            file.write(pixels)

    pages = [image_of(1), image_of(3)]
    return [
        *(of_writer(write, "a.tif", samples) for samples in (1, 3, 4)),
        *(
            saved(image_of(3), "TIFF", compression=name)
            for name in (None, "tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg")
        ),
        saved(Image.fromarray(picture(9, 14, 1, np.uint16)[..., 0]), "TIFF"),
        saved(image_of(1).convert("1"), "TIFF", compression="group4"),
        saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]),
    ]


def photo(data):
    """JPEG, WebP, GIF and BMP files and what they say beside the pixels."""
    read_picture(data, "a")


def photo_seeds():
    exif = Image.Exif()
    exif[0x0112], exif[270], exif[305] = 6, "a description", "a program"
    exif.get_ifd(0x8769)[40962], exif.get_ifd(0x8825)[1] = 14, "N"
    return [
        saved(image_of(3), "JPEG", exif=exif, dpi=(300, 300), icc_profile=b"profile"),
        saved(image_of(1), "JPEG", progressive=True),
        saved(image_of(3).convert("CMYK"), "JPEG"),
        saved(image_of(4), "WEBP", exif=exif, lossless=True),
        saved(image_of(3).quantize(5), "GIF"),
        saved(image_of(3), "BMP"),
        saved(image_of(3), "PPM"),
    ]


# === published checkpoints ===


def read_checkpoint(data, name):
    from keras_restore import published

    with written(data, name) as path:
        published.recognize(published.read(path))


def compressed(data):
    """A MATLAB 5 file; after "z" comes a variable to compress, so that its content changes."""
    if data[:1] != b"z":
        return data
    body = zlib.compress(data[1:])
    return mat5_header() + struct.pack("<II", 15, len(body)) + body


def mat(data):
    """MATLAB 5 files."""
    read_checkpoint(data, "a.mat")


def mat5_header():
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"


def mat_seeds():
    variables = {"net": {"layers": files.matconvnet_structs(files.dncnn(3, filters=2))}}
    plain = of_writer(files.write_mat5, "a.mat", variables)
    told = of_writer(files.write_mat5, "a.mat", {"x": 3.5, "name": "text", "cells": ["a", 1.0]})
    return [plain, told, b"z" + plain[128:], b"z" + told[128:]]


def mat73(data):
    """MATLAB 7.3 files, which are HDF5."""
    read_checkpoint(data, "a.mat")


def mat73_seeds():
    structs = files.matconvnet_structs(files.dncnn(3, filters=2))
    return [of_writer(files.write_mat73, "a.mat", {"net": {"layers": structs}})]


def zipped(data):
    """PyTorch's pickle; one after "z" is put into a zip file, as newer versions do."""
    if data[:1] != b"z":
        return data
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", data[1:])
        for key in range(4):
            archive.writestr(f"archive/data/{key}", bytes(72))
    return file.getvalue()


def torch(data):
    """PyTorch's pickles."""
    read_checkpoint(data, "a.pth")


def torch_seeds():
    arrays = files.torch_arrays(files.dncnn(3, filters=2, normed=True))
    whole = of_writer(files.write_zip, "a.pth", arrays)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        content = archive.read("archive/data.pkl")
    return [of_writer(files.write_series, "a.pth", arrays), whole, b"z" + content]


def keras2(data):
    """Keras 2's HDF5 files."""
    read_checkpoint(data, "a.h5")


def keras2_seeds():
    layers = files.dncnn(3, filters=2, normed=True)
    config = files.keras_config(layers)
    return [
        of_writer(files.write_keras, "a.h5", layers, config),
        of_writer(files.write_keras, "a.h5", layers),
    ]


# === our own forms ===


def with_weights(data):
    """A `.keras` file; after "c" comes a config, which is put into a good file."""
    if data[:1] != b"c":
        return data
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(small_keras_file())) as good,
        zipfile.ZipFile(file, "w") as archive,
    ):
        for name in good.namelist():
            archive.writestr(name, data[1:] if name == "config.json" else good.read(name))
    return file.getvalue()


def keras(data):
    """`.keras` files."""
    from keras_restore.inference import open_predictor

    with written(data, "a.keras") as path:
        open_predictor(path)


@functools.cache
def small_keras_file():
    from keras_restore import models

    return of_writer(lambda path: models.xdncnn(1, depth=2, filters=2).save(path), "a.keras")


def keras_seeds():
    with zipfile.ZipFile(io.BytesIO(small_keras_file())) as archive:
        return [small_keras_file(), b"c" + archive.read("config.json")]


def tflite(data):
    """LiteRT files, by LiteRT and, where it is installed, by OpenVINO."""
    from keras_restore.inference import open_predictor

    with written(data, "a.tflite") as path:
        if importlib.util.find_spec("openvino"):
            with contextlib.suppress(ValueError):
                open_predictor(path, "openvino")
        predictor = open_predictor(path, "litert")
        predictor.geometry  # noqa: B018  (read from the file)


def tflite_seeds():
    from keras_restore import export, models

    model = models.dncnn(1, depth=2, filters=2)

    def write(path):
        export.tflite(model, path)

    return [of_writer(write, "a.tflite")]


def card(data):
    """Cards, and what `restore` asks them."""
    import made_predictors

    from keras_restore.inference.card import CARD_FILE, read_card
    from keras_restore.inference.open_predictor import fit_predictor
    from keras_restore.inference.predictor import geometry_from

    with written(data, CARD_FILE) as path:
        known = read_card(path.parent)
        known.levels()
        json.dumps(known.to_json())
        predictor = made_predictors.Identity()
        predictor.card = known
        fit_predictor(predictor, channels=3)
        geometry_from(path, known.geometry)


def card_seeds():
    from keras_restore.inference import Card

    geometry = {"channels": 1, "scale": 1, "multiple": 1, "halo": 9}
    cards = [
        Card(name="a", task="gray denoising", sigma=25, geometry=geometry),
        Card(sigma=(0, 55), color="luma", upscale=3, scores={"Set12": {"psnr": 30.1}}),
    ]
    return [json.dumps(each.to_json()).encode() for each in cards] + [b'{"licence": "MIT"}']


TARGETS = {
    **{"png": (png, png_seeds), "tiff": (tiff, tiff_seeds), "photo": (photo, photo_seeds)},
    **{"mat": (mat, mat_seeds), "mat73": (mat73, mat73_seeds), "torch": (torch, torch_seeds)},
    **{"keras2": (keras2, keras2_seeds), "keras": (keras, keras_seeds)},
    **{"tflite": (tflite, tflite_seeds), "card": (card, card_seeds)},
}
# What makes a file of changed bytes.
MADE = {"png": with_sums, "mat": compressed, "torch": zipped, "keras": with_weights}
FINDINGS = pathlib.Path(__file__).with_name("findings")


def seeds(name):
    """The made-up files of a target and its findings."""
    found = sorted(FINDINGS.glob(f"{name}-*"))
    return [*TARGETS[name][1](), *(path.read_bytes() for path in found)]


def file_of(name, data):
    """The file that is shown to a reader."""
    return MADE[name](data) if name in MADE else data


def run(name, data):
    """Shows a file to a reader; a `ValueError` is as good as an answer."""
    try:
        TARGETS[name][0](file_of(name, data))
    except ValueError as error:
        if not str(error):
            raise AssertionError("an error without a word") from error
