"""The receptive field and the tiling of every builder, against impulses and whole pictures."""

import functools

import keras
import numpy as np
import pytest
from cases import MODELS as ALL

from keras_restore.graph import ReceptiveField, receptive_field
from keras_restore.inference import restore_rows
from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.pictures.array_source import ArraySource

# Tiling does not carry a noise level yet.
MODELS = [case for case in ALL if not case.takes_sigma]
INDICES = range(len(MODELS))
NAMES = [f"{case.name}-{case.channels}" for case in MODELS]
TOLERANCE = 1e-6


@functools.cache
def predictor_of(index, seed=0):
    # The same weights in every run: the rounding of float32 depends on them.
    keras.utils.set_random_seed(seed)
    model = MODELS[index].make()
    for weight in model.trainable_weights:
        # Residual networks start near the identity, where every tiling would be exact.
        spread = np.std(weight)
        if len(weight.shape) == 4 and spread < 0.01:
            weight.assign(weight * (0.1 / spread))
    span_one(model)
    return model, KerasPredictor(model), [np.array(weight) for weight in model.get_weights()]


def span_one(model):
    """Scales the last convolution until black and white are at most a distance of 1 apart.

    As an image model's are. oneDNN sums in an order that depends on the picture's size, already
    in the first layer, so the rounding is relative to the values: xSRResNet as drawn gives -8 to
    9, and there differences of 1e-5.
    """
    picture = np.random.default_rng(0).random((1, 48, 48, model.input.shape[-1]), np.float32)
    span = max(np.ptp(np.array(image)) for image in keras.tree.flatten(model(picture)))
    last = [layer for layer in model.layers if any(len(w.shape) == 4 for w in layer.weights)][-1]
    for weight in last.trainable_weights if span > 1 else ():
        weight.assign(weight / span)


def make_every_tap_count(model):
    """Positive weights, largest at the rims of the kernels: each pixel seen has an effect."""
    for weight in model.weights:
        if len(weight.shape) == 4:
            profiles = [
                np.where(np.isin(np.arange(side), (0, side - 1)), 1.0, 0.1)
                for side in weight.shape[:2]
            ]
            plane = np.multiply.outer(*profiles)
            fan_in = 1 if "depthwise" in weight.path else min(weight.shape[2:])
            value = np.broadcast_to((plane / plane.sum() / fan_in)[..., None, None], weight.shape)
        elif weight.path.endswith(("gamma", "moving_variance")):
            value = np.ones(weight.shape)
        elif weight.path.endswith("alpha"):
            value = np.full(weight.shape, 0.25)
        elif weight.path.endswith("bias"):
            value = np.full(weight.shape, 0.1)
        else:
            value = np.zeros(weight.shape)
        weight.assign(value.astype("float32"))


@pytest.mark.parametrize("index", INDICES, ids=NAMES)
def test_impulses_reach_exactly_the_halo(index):
    model, predictor, original = predictor_of(index)
    field = receptive_field(model)
    make_every_tap_count(model)
    multiple, scale = field.multiple, field.scale
    middle = -(-(field.halo + 1) // multiple) * multiple
    side = 2 * middle + multiple
    flat = np.full((1, side, side, model.input.shape[-1]), 0.5, np.float32)
    expected = predictor(flat)
    reached = np.zeros(4, int)
    for phase in range(multiple):
        point = middle + phase
        image = flat.copy()
        image[:, point, point] += 1e6
        changed = (np.abs(predictor(image) - expected) > 1e-6).any(axis=(0, 3))
        rows, columns = (np.flatnonzero(changed.any(axis=axis)) // scale for axis in (1, 0))
        # An output pixel above the impulse sees it below itself.
        sides = (rows.max() - point, point - rows.min(), columns.max() - point)
        reached = np.maximum(reached, (*sides, point - columns.min()))
    model.set_weights(original)
    assert tuple(int(count) for count in reached) == field.sides


# The builder that rounds most, with other weights too.
DRAWS = [(i, 0) for i in INDICES] + [(NAMES.index("xsrresnet-3"), seed) for seed in (1, 4, 9)]


@pytest.mark.parametrize(("index", "seed"), DRAWS, ids=[f"{NAMES[i]}-{s}" for i, s in DRAWS])
def test_tiled_equals_whole(index, seed, capsys):
    model, predictor, _ = predictor_of(index, seed)
    least = 2 * predictor.halo + 2 * predictor.multiple - 1
    sizes = [(least + 14, 2 * least // 3), (61, least + 45), (3, least + 22)]
    worst = {}
    for height, width in sizes:
        shape = (height, width, model.input.shape[-1])
        image = np.random.default_rng(height).random(shape, np.float32)
        whole = predictor(image[None])[0]
        for tile in (least, least + 5, least + 18):
            bands = list(restore_rows(ArraySource(image), predictor, tile=tile))
            tiled = np.concatenate(bands)
            assert tiled.shape == whole.shape
            difference = np.abs(tiled - whole).max() / max(1.0, np.abs(whole).max())
            worst[f"{width}x{height} in {tile}"] = float(difference)
    with capsys.disabled():
        print(f"\n{NAMES[index]:22} halo {predictor.halo:3}: largest {max(worst.values()):.1e}")
    assert max(worst.values()) <= TOLERANCE, worst


def test_published_halos():
    from keras_restore import models

    assert receptive_field(models.dncnn(depth=17)) == ReceptiveField(1, 1, 17, (17,) * 4)
    assert receptive_field(models.xdncnn()).halo == 9 * 1 + 8 * 4
    assert receptive_field(models.fxdncnn()).halo == 9 * 1 + 8 * 4
    assert receptive_field(models.xsrcnn_f()).halo == 15


def test_a_seam_shows_with_a_halo_too_small():
    _, predictor, _ = predictor_of(NAMES.index("xdncnn-1"))

    class TooSmall:
        size, scale, multiple, largest_batch = None, 1, 1, 1
        halo = predictor.halo // 2

        def __call__(self, batch):
            return predictor(batch)

    image = np.random.default_rng(0).random((60, 60, 1), np.float32)
    tiled = np.concatenate(list(restore_rows(ArraySource(image), TooSmall(), tile=30)))
    assert np.abs(tiled - predictor(image[None])[0]).max() > 10 * TOLERANCE
