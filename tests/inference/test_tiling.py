"""The tiling engine with predictors in NumPy."""

import numpy as np
import pytest
from made_pictures import picture
from made_predictors import Blur, Double, Identity, OutOfMemory, Shift

from keras_restore.inference import Card, memory
from keras_restore.inference.memory import most_pixels, parse_bytes
from keras_restore.inference.open_predictor import fit_predictor
from keras_restore.inference.tiling import choose_tile_size, restore_rows
from keras_restore.ops import from_float, to_float
from keras_restore.pictures.array_source import ArraySource


def run(image, predictor, **options):
    return np.concatenate(list(restore_rows(ArraySource(image), predictor, **options)))


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (50, 40), (41, 77)])
@pytest.mark.parametrize("tile", [5, 8, 33, 100])
def test_tiled_equals_whole(size, tile):
    image = np.random.default_rng(0).random((*size, 1), np.float32)
    predictor = Blur()
    tiled = run(image, predictor, tile=tile)
    assert len(set(predictor.shapes)) == 1, "one shape only, so that nothing is traced again"
    np.testing.assert_allclose(tiled, Blur()(image[None])[0], atol=1e-6)


def test_batches_of_one_shape():
    image = np.random.default_rng(0).random((30, 100, 1), np.float32)
    predictor = Blur(largest_batch=4)
    tiled = run(image, predictor, tile=17)
    assert {shape[0] for shape in predictor.shapes} == {4}
    np.testing.assert_allclose(tiled, Blur()(image[None])[0], atol=1e-6)


def test_out_of_memory_shrinks_the_tile():
    image = np.random.default_rng(0).random((90, 70, 1), np.float32)
    predictor = OutOfMemory(most=900)
    np.testing.assert_allclose(run(image, predictor), Blur()(image[None])[0], atol=1e-6)
    assert predictor.shapes[0][1:3] == (90, 70)
    with pytest.raises(MemoryError, match="smallest tile"):
        run(image, OutOfMemory(most=10))


def test_the_chosen_tile_costs_least():
    predictor = Blur(halo=20)
    size = choose_tile_size(400, 600, predictor, most_pixels=150 * 150)
    assert size.height * size.width <= 150 * 150

    def cost(height, width):
        count = 1
        for length, side in ((400, height), (600, width)):
            count *= 1 if side >= length else -(-(length - 40) // (side - 40))
        return count * height * width

    sides = [(h, w) for h in range(41, 401, 3) for w in range(41, 601, 3) if h * w <= 22500]
    assert cost(size.height, size.width) <= min(cost(*side) for side in sides)
    assert choose_tile_size(400, 600, predictor) == choose_tile_size(400, 600, predictor, 10**9)


def test_sizes_keep_the_rest_of_the_multiple():
    size = choose_tile_size(401, 603, Blur(halo=20, multiple=8), most_pixels=150 * 150)
    assert size.height % 8 == 401 % 8 and size.width % 8 == 603 % 8


def test_fixed_size_of_a_file():
    image = np.random.default_rng(0).random((45, 100, 1), np.float32)
    predictor = Blur(size=(32, 32))
    np.testing.assert_allclose(run(image, predictor), Blur()(image[None])[0], atol=1e-6)
    assert set(predictor.shapes) == {(1, 32, 32, 1)}
    with pytest.raises(ValueError, match=r"32 x 32 pixels only.*Received: a picture of 31 x 45"):
        run(image[:, :31], predictor)
    with pytest.raises(ValueError, match="a picture of 33 x 32"):
        run(image[:32, :33], Blur(size=(32, 32), halo=None))


class BlurInPairs(Blur):
    """A network with strides: it repeats the last row and column of an odd size."""

    multiple = 2

    def restore(self, batch):
        height, width = batch.shape[1:3]
        pad = ((0, 0), (0, height % 2), (0, width % 2), (0, 0))
        return super().restore(np.pad(batch, pad, "edge"))[:, :height, :width]


@pytest.mark.parametrize("side, fitting", ((10, {9, 10, 11, 12, 13}), (11, {11, 13})))
def test_fixed_size_ends_a_picture_as_the_network_does_or_refuses_it(side, fitting):
    image, fixed = np.random.default_rng(0).random((13, 13, 1), np.float32), set()
    for length in range(1, 14):
        part = image[:length, :length]
        try:
            restored = run(part, BlurInPairs(size=(side, side)))
        except ValueError:
            continue
        np.testing.assert_allclose(restored, BlurInPairs()(part[None])[0], atol=1e-6)
        fixed.add(length)
    assert fixed == fitting


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_rounding_never_truncation(dtype):
    peak = np.iinfo(dtype).max
    values = np.arange(peak + 1, dtype=dtype)
    np.testing.assert_array_equal(from_float(to_float(values), dtype), values)
    assert from_float(np.array([0.6 / peak, 1.2, -0.1]), dtype).tolist() == [1, peak, 0]


def test_smallest_tile_and_memory():
    with pytest.raises(ValueError, match="at least 41"):
        choose_tile_size(400, 600, Blur(halo=20), tile=40)
    with pytest.raises(ValueError, match="needs at least 1681"):
        choose_tile_size(400, 600, Blur(halo=20), most_pixels=1600)
    with pytest.raises(ValueError, match="sees the whole picture"):
        choose_tile_size(400, 600, Blur(halo=None), tile=100)
    assert choose_tile_size(400, 600, Blur(halo=None)).height == 400


def test_memory_budget():
    assert parse_bytes("1.5G") == 1_500_000_000
    assert parse_bytes("800m") == parse_bytes("800 MB") == 800_000_000
    for wrong in ("", "much", "-1G", "0"):
        with pytest.raises(ValueError, match="memory"):
            parse_bytes(wrong)
    source = ArraySource(np.empty((4000, 6000, 3), np.uint8))
    predictor = Identity(bytes_per_pixel=1000)
    pixels = most_pixels(predictor, source, 1_500_000_000)
    assert 800_000 < pixels < 1_400_000


@pytest.mark.parametrize("free, budget", ((64_000_000_000, 2_000_000_000), (10**9, 10**9 // 2)))
def test_the_default_budget_fits_a_laptop(monkeypatch, free, budget):
    monkeypatch.setattr(memory, "free_memory", lambda: free)
    predictor = Identity(bytes_per_pixel=1000)
    source = ArraySource(np.empty((9000, 9000, 3), np.uint8))
    assert most_pixels(predictor, source) == most_pixels(predictor, source, budget)


def test_ensemble_averages_eight_symmetries_with_tiles_too():
    image = np.random.default_rng(0).random((31, 43, 1), np.float32)
    expected = 0
    for turns in range(4):
        for flip in (False, True):
            turned = np.rot90(image[:, ::-1] if flip else image, turns)
            back = np.rot90(Shift()(turned[None].copy())[0], -turns)
            expected = expected + (back[:, ::-1] if flip else back) / 8
    for tile in (None, 12):
        predictor = fit_predictor(Shift(), channels=1, ensemble=True)
        np.testing.assert_allclose(run(image, predictor, tile=tile), expected, atol=1e-6)
    with pytest.raises(ValueError, match="squares"):
        fit_predictor(Shift(size=(32, 48)), channels=1, ensemble=True)


def test_gray_models_on_color_pictures():
    image = to_float(picture(40, 50, 3))
    channels = run(image, fit_predictor(Blur(), 3), tile=20)
    for i in range(3):
        expected = Blur()(image[None, ..., i : i + 1])[0, ..., 0]
        np.testing.assert_allclose(channels[..., i], expected, atol=1e-6)
    luma = run(image, fit_predictor(Blur(), 3, color="luma"), tile=20)
    # BT.601 (MATLAB): chroma is untouched, luma is that of the blurred picture's.
    weights = np.array([65.481, 128.553, 24.966]) / 255
    expected = Blur()((image @ weights + 16 / 255).astype("float32")[None, ..., None])[0, ..., 0]
    np.testing.assert_allclose(luma @ weights + 16 / 255, expected, atol=1e-5)
    red_chroma = np.array([112.0, -93.786, -18.214])
    np.testing.assert_allclose(luma @ red_chroma, image @ red_chroma, atol=1e-2)
    card = Blur()
    card.card = Card(color="luma")
    np.testing.assert_allclose(run(image, fit_predictor(card, 3), tile=20), luma, atol=1e-6)


def test_enlarging_with_tiles():
    image = to_float(picture(40, 50, 3))
    for options in ({}, {"strength": 0.5}):
        whole = run(image, fit_predictor(Double(), 3, **options), tile=None)
        assert whole.shape == (80, 100, 3)
        tiled = run(image, fit_predictor(Double(), 3, **options), tile=15)
        np.testing.assert_allclose(tiled, whole, atol=1e-6)
    whole = run(image, fit_predictor(Blur(), 3, upscale=3), tile=None)
    assert whole.shape == (120, 150, 3)
    tiled = run(image, fit_predictor(Blur(), 3, upscale=3), tile=15)
    np.testing.assert_allclose(tiled, whole, atol=1e-6)
    tiled = run(image, fit_predictor(Blur(size=(45, 60)), 3, upscale=3))
    np.testing.assert_allclose(tiled, whole, atol=1e-6)
    with pytest.raises(ValueError, match="any size, or multiples of 3.*size .45, 64."):
        fit_predictor(Blur(size=(45, 64)), 3, upscale=3)


def test_strength():
    image = to_float(picture(40, 50, 1))
    full = run(image, Blur())
    np.testing.assert_array_equal(run(image, fit_predictor(Blur(), 1, strength=0)), image)
    half = run(image, fit_predictor(Blur(), 1, strength=0.5), tile=20)
    np.testing.assert_allclose(half, (image + full) / 2, atol=1e-6)
    with pytest.raises(ValueError, match="strength"):
        fit_predictor(Blur(), 1, strength=1.5)


def test_detail_comes_back_where_more_than_noise_was_removed():
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:64, :96]
    checks = 0.15 * (-1.0) ** (rows // 2 + columns // 2) * (columns >= 48)
    clean = np.repeat((0.5 + checks)[..., None], 3, axis=2)
    noisy = (clean + rng.normal(0, 10 / 255, clean.shape)).astype(np.float32)

    class Wipe(Identity):
        def restore(self, batch):
            return np.full_like(batch, 0.5)

    def power(image):
        return [np.mean(part[8:-8] ** 2) for part in (image[:, 8:40] - 0.5, image[:, 60:88] - 0.5)]

    kept = run(noisy, fit_predictor(Wipe(channels=3), 3, detail=1, noise=10))
    flat, textured = power(kept)
    # Noise stays away, and the checks come back but for their share below the noise's power.
    assert flat < 0.01 * (10 / 255) ** 2
    assert np.mean((kept - clean)[8:-8, 60:88] ** 2) < 0.25 * 0.15**2 < textured / 2
    half = run(noisy, fit_predictor(Wipe(channels=3), 3, detail=0.5, noise=10))
    np.testing.assert_allclose(half - 0.5, (kept - 0.5) / 2, atol=1e-6)
    all_noise = run(noisy, fit_predictor(Wipe(channels=3), 3, detail=1, noise=100))
    np.testing.assert_allclose(all_noise, 0.5, atol=1e-6)


def test_detail_with_tiles_and_out_of_range():
    image = to_float(picture(40, 50, 3))
    options = {"detail": 0.8, "noise": 5, "strength": 0.9}
    whole = run(image, fit_predictor(Blur(), 3, **options))
    assert np.abs(whole - run(image, fit_predictor(Blur(), 3, strength=0.9))).max() > 0.01
    np.testing.assert_allclose(
        run(image, fit_predictor(Blur(), 3, **options), tile=25), whole, atol=1e-6
    )
    for predictor, detail in ((Blur(), 1.5), (Blur(), -1), (Double(), 0.5)):
        with pytest.raises(ValueError, match="`detail` must be"):
            fit_predictor(predictor, 3, detail=detail, noise=5)


def test_color_model_refuses_gray():
    with pytest.raises(ValueError, match="gray"):
        fit_predictor(Identity(channels=3), channels=1)
