"""Several formats of a model, each measured against it."""

import dataclasses
import pathlib

from keras_restore import protocols
from keras_restore.export import flatbuffer
from keras_restore.export.artefacts import file_size
from keras_restore.export.float32_copy import float32_copy
from keras_restore.export.measure import measure
from keras_restore.export.onnx import onnx
from keras_restore.export.saved_model import saved_model
from keras_restore.export.tflite import FORMATS, tflite
from keras_restore.export.verify import verify
from keras_restore.graph import geometry
from keras_restore.inference.card import Card, write_card
from keras_restore.inference.open_predictor import open_predictor
from keras_restore.machine import machine, versions

OTHER_FORMATS = ("saved_model", "onnx")
SPEED_SIZE = (256, 256)


def export_formats(
    model,
    folder,
    formats,
    size=None,
    calibration=None,
    uint8=False,
    images=None,
    protocol=None,
    card=None,
):
    """Writes a model in several formats, measures each and records it in `card.json`.

    The files are `model.tflite` (float32), `model_<format>.tflite`, `saved_model/` and
    `model.onnx`. A format that the model does not have is recorded with the reason.

    Args:
        model: A functional `keras.Model` under the TensorFlow backend.
        folder: Folder to write into.
        formats: Names out of `FORMATS`, "saved_model" and "onnx".
        size: As in `tflite`.
        calibration: As in `tflite`.
        uint8: As in `tflite`.
        images: None, or `(name, clean image)` pairs to measure the quality on, as
            `protocols.evaluate` takes them.
        protocol: None, or the `protocols.Protocol` to measure it by.
        card: `Card` that the card is made from; the one in the folder is overwritten.

    Returns:
        The `Card`. Its `exports` is a dictionary from format to `file`, `bytes`, `operations`,
        `largest_difference`, `psnr`, `psnr_lost` (dB, of the Keras model's), `milliseconds`,
        `milliseconds_a_megapixel`, `peak_mib` where measured, or to `refused`, the reason.

    Raises:
        ValueError: If a format is unknown.

    Example:

    >>> card = export_formats(model, "phone", ["float32", "float16"])
    """
    known = (*FORMATS, *OTHER_FORMATS)
    unknown = [name for name in formats if name not in known]
    if unknown or not formats:
        raise ValueError(f"`formats` must be some of {known}. Received: formats={formats}")
    folder = pathlib.Path(folder)
    model = float32_copy(model)
    fields = geometry(model)
    images = list(images or ())
    reference = _psnr(open_predictor(model), images, protocol)
    exports = {}
    for name in formats:
        try:
            exports[name] = _export(
                model, folder, name, size, calibration, uint8, images, protocol, reference
            )
        except (ValueError, ImportError) as error:
            exports[name] = {"refused": str(error)}
    card = dataclasses.replace(
        card or Card(),
        geometry=fields,
        parameters=model.count_params(),
        exports=exports,
        machine=machine(),
        versions=versions(),
    )
    if images:
        measured = {
            "name": protocol.name,
            "images": [str(name) for name, *_ in images],
            "keras_psnr": reference,
        }
        card.more = {**card.more, "exports_protocol": measured}
    write_card(card, folder)
    return card


def _export(model, folder, name, size, calibration, uint8, images, protocol, reference):
    if name == "saved_model":
        path = folder / "saved_model"
        saved_model(model, path)
        return _row(path, largest_difference=verify(model, path))
    if name == "onnx":
        path = folder / "model.onnx"
        onnx(model, path)
        return _row(path)
    path = folder / ("model.tflite" if name == "float32" else f"model_{name}.tflite")
    tflite(model, path, name, size, calibration, uint8)
    row = _row(
        path,
        operations=flatbuffer.count_operators(path.read_bytes()),
        largest_difference=verify(model, path),
        **measure(path, SPEED_SIZE),
    )
    predictor = open_predictor(path)
    if images and predictor.size is None:
        row["psnr"] = _psnr(predictor, images, protocol)
        row["psnr_lost"] = reference - row["psnr"]
    return row


def _row(path, **values):
    return {"file": path.name, "bytes": file_size(path), **values}


def _psnr(predictor, images, protocol):
    """Mean PSNR, in dB; None without images."""
    if not images:
        return None
    rows = protocols.evaluate(predictor.told(protocol.sigma), images, protocol)
    return protocol.summary(rows)["psnr"]
