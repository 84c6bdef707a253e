"""Completes the folders of the shipped models, in a minute.

    python savedmodels/write_cards.py

Run it after a model was trained into its folder here. It writes the file of fixed size, for GPU
delegates, the file of integers where that loses next to nothing, and into the card what a recipe
cannot know: licences, papers. What the recipe wrote stays; cards of older recipes get the fields of
today's.
"""

import dataclasses
import pathlib

import keras
import skimage

from keras_restore.data import ImageSet
from keras_restore.degradations import BicubicDownUp, GaussianNoise, Jpeg
from keras_restore.evaluation import paper_number
from keras_restore.export import FORMATS, largest_activation
from keras_restore.inference import load, open_predictor, write_card
from keras_restore.protocols import evaluate, named

FOLDER = pathlib.Path(__file__).parent
# Side of the windows of the file of fixed size, or a little less.
SIDE = 256
PHOTOS = pathlib.Path(skimage.__file__).parent / "data"
CALIBRATION = (
    *("brick.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png"),
    *("motorcycle_left.png", "rocket.jpg"),
)
HELD_OUT = ("astronaut.png", "camera.png")
# Most that a file of integers may lose on the photos held out, in dB.
MOST_LOST = 0.1
BSD432 = "432 {} images of the Berkeley segmentation data set BSDS500 (all but {}BSD68)"
YANG_AND_BSDS = "91 images of Yang et al. (T91) and 400 images of BSDS500 (train and test)"
BSDS_AND_YANG = "500 images of BSDS500 and 91 of Yang et al. (T91)"
NO_LICENSE = "the images state no licence and are not part of this repository"
AUTHORS_WEIGHTS = (
    "the authors' released weights, measured by the same protocol; the paper does not report Set12"
)


@dataclasses.dataclass(frozen=True)
class Shipped:
    """What is known of a shipped model beside its training.

    Attributes:
        builder: Name of its builder.
        arguments: Of the builder, where they are not the defaults.
        degradation: What it was trained for; None where the recipe's card says it.
        sigma: Noise levels of a model that is told them, None of others.
        images: Words for the training images.
        paper: Name of the method in the papers' tables, or None.
        released: Dictionary from set and protocol to the PSNR of the authors' weights.
    """

    builder: str
    arguments: dict
    degradation: object
    images: str
    sigma: tuple | None = None
    paper: str | None = None
    released: dict = dataclasses.field(default_factory=dict)


MODELS = {
    "deblock": Shipped("xdncnn", {}, Jpeg((5, 95)), BSD432.format("gray", ""), paper="DnCNN-3"),
    "deblock_color": Shipped(
        "xdncnn", {"channels": 3}, Jpeg((5, 95)), BSD432.format("colour", "C")
    ),
    "denoise_color": Shipped(
        *("fxdncnn", {"channels": 3}, GaussianNoise((0, 60)), BSD432.format("colour", "C")),
        paper="CDnCNN-B",
    ),
    "denoise_gray": Shipped(
        *("fxdncnn", {}, GaussianNoise((0, 60)), BSD432.format("gray", "")), paper="DnCNN-B"
    ),
    "enlarge": Shipped(
        *("xdncnn", {}, BicubicDownUp((2, 4), round_to_8_bits=True), BSDS_AND_YANG),
        paper="DnCNN-3",
    ),
    "photo": Shipped(
        *("fxdncnn", {"channels": 3}, None, BSD432.format("colour", "C")), sigma=(0, 75)
    ),
    "xdncnn_color_blind": Shipped(
        *("xdncnn", {"channels": 3}, GaussianNoise((0, 55)), BSD432.format("colour", "C")),
        paper="CDnCNN-B",
    ),
    "xdncnn_gray_sigma25": Shipped(
        *("xdncnn", {}, GaussianNoise(25), BSD432.format("gray", "")),
        paper="xDnCNN",
        released={"Set12_gray_sigma25": 30.449},
    ),
    "xsrcnn_f_x3": Shipped(
        "xsrcnn_f",
        {"residual": True},
        BicubicDownUp(3, round_to_8_bits=True),
        YANG_AND_BSDS,
        paper="xSRCNN-f",
    ),
}


def complete(card, name, shipped):
    """Returns the card with what is known of the shipped model of that name."""
    paper = {
        measured: {"psnr": psnr, "source": AUTHORS_WEIGHTS}
        for measured, psnr in shipped.released.items()
    }
    for measured in card.scores:
        number = paper_number(shipped.paper, *measured.split("_", 1)) if shipped.paper else None
        if number is not None:
            paper[measured] = {"psnr": number.psnr, "source": f"{shipped.paper}, {number.source}"}
    degradation, sigma = card.degradation, shipped.sigma
    if shipped.degradation is not None:
        degradation = keras.saving.serialize_keras_object(shipped.degradation)
    if isinstance(shipped.degradation, GaussianNoise):
        sigma = shipped.degradation.sigma
    return dataclasses.replace(
        card,
        name=name,
        degradation=degradation,
        sigma=sigma,
        architecture={"builder": shipped.builder, **shipped.arguments},
        license="Apache-2.0",
        data_license=f"{shipped.images}; {NO_LICENSE}",
        paper=paper,
    )


def write_fixed_size(model, folder):
    """Writes the float16 file of fixed size, verified and measured; its row is on the card."""
    # So that a model which gets pictures enlarged takes windows of theirs.
    side = SIDE - SIDE % (model.card.upscale or 1)
    path, row = FORMATS["float16"].export(model, folder, size=(side, side))
    model.card.files[path.name] = {
        **row,
        "size": [side, side],
        "largest_activation": largest_activation(folder / "model.tflite"),
    }


def write_int8(model, folder):
    """Writes the file of integers; its row is on the card, or why there is none."""
    card, form = model.card, FORMATS["int8"]
    card.files.pop(form.file, None)
    card.more.pop("int8", None)
    measured = [named(key.split("_", 1)[1]) for key in card.scores if "real_pairs" not in key]
    degraded = [
        protocol.baseline(protocol.sample(index, clean)[1])[None]
        for protocol in measured
        for index, (_, clean) in enumerate(photos(protocol, CALIBRATION))
    ]
    try:
        path, row = form.export(model, folder, calibration=degraded)
    except ValueError as error:
        card.more["int8"] = str(error).split(" Received: ")[0]
    else:
        lost = max(psnr(model, protocol) - psnr(path, protocol) for protocol in measured)
        if lost <= MOST_LOST:
            card.files[path.name] = {**row, "psnr_lost": lost}
        else:
            path.unlink()
            card.more["int8"] = f"loses {lost:.2f} dB; {FORMATS['float16'].file} loses none"


def photos(protocol, names):
    """Photos that scikit-image carries, in the protocol's colours."""
    return ImageSet.from_folder(PHOTOS, protocol.color, names=names)


def psnr(model, protocol):
    """The mean of the photos held out."""
    rows = evaluate(open_predictor(model), photos(protocol, HELD_OUT), protocol)
    return protocol.summary(rows)["psnr"]


def main():
    for name, shipped in MODELS.items():
        model = load(FOLDER / name)
        write_fixed_size(model, FOLDER / name)
        write_int8(model, FOLDER / name)
        write_card(complete(model.card, name, shipped), FOLDER / name)


if __name__ == "__main__":
    main()
