"""Several formats of a model, each measured against it."""

import dataclasses

from keras_restore import protocols
from keras_restore.export.float32_copy import float32_copy
from keras_restore.export.formats import FORMATS
from keras_restore.graph import geometry
from keras_restore.inference.card import Card, write_card
from keras_restore.inference.open_predictor import open_predictor
from keras_restore.machine import machine, versions


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

    A format that the model does not have is recorded with the reason.

    Args:
        model: A functional `keras.Model` under the TensorFlow backend.
        folder: Folder to write into.
        formats: Names out of `FORMATS`.
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
        `milliseconds_per_megapixel`, `peak_mib`, `largest_activation` where measured, or to
        `refused`, the reason.

    Raises:
        ValueError: If a format is unknown.

    Example:

    >>> card = export_formats(model, "phone", ["float32", "float16"])
    """
    if not formats or not set(formats) <= set(FORMATS):
        raise ValueError(f"`formats` must be some of {tuple(FORMATS)}. Received: formats={formats}")
    model = float32_copy(model)
    fields = geometry(model)
    images = list(images or ())
    reference = _psnr(open_predictor(model), images, protocol)
    options = {"size": size, "calibration": calibration, "uint8": uint8}
    exports = {}
    for name in formats:
        try:
            exports[name] = _export(FORMATS[name], model, folder, options, images, protocol)
        except (ValueError, ImportError) as error:
            exports[name] = {"refused": str(error)}
        if "psnr" in exports[name]:
            exports[name]["psnr_lost"] = reference - exports[name]["psnr"]
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


def _export(form, model, folder, options, images, protocol):
    path, row = form.export(model, folder, **options)
    row = {"file": path.name, **row, **form.measure(path)}
    if images and form.engine is not None:
        predictor = form.engine(path)
        if predictor.size is None:
            row["psnr"] = _psnr(predictor, images, protocol)
    return row


def _psnr(predictor, images, protocol):
    """Mean PSNR, in dB; None without images."""
    if not images:
        return None
    rows = protocols.evaluate(predictor.told(protocol.sigma), images, protocol)
    return protocol.summary(rows)["psnr"]
