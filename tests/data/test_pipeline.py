"""Patches and batches: right, and a function of (seed, step) alone."""

import numpy as np
import pytest

from keras_restore import data, degradations


@pytest.fixture(scope="module")
def images():
    """Images in which every pixel of every channel is unique."""
    pixels = np.arange(3 * 12 * 15 * 3, dtype=np.uint16).reshape(3, 12, 15, 3) * 40
    return data.ImageSet([(f"image{i}", p[: 12 - i, : 15 - 2 * i]) for i, p in enumerate(pixels)])


def variants(patch):
    """The eight flips and rotations, by NumPy."""
    for flipped in (patch, patch[:, ::-1]):
        for k in range(4):
            yield np.rot90(flipped, k)


def test_every_patch_is_a_crop_of_an_image_flipped_or_rotated(images):
    size, seen, places = 6, set(), set()
    sampler = data.PatchSampler(images, size, batch_size=16, seed=1)
    for step in range(120):
        for patch in sampler(step).numpy():
            image, index = next(
                (im, i) for i, (_, im) in enumerate(images) if np.isin(patch[0, 0, 0], im)
            )
            found = None
            for v, variant in enumerate(variants(patch)):
                where = np.argwhere((image == variant[0, 0]).all(axis=2))
                if len(where):
                    y, x = where[0]
                    crop = image[y : y + size, x : x + size]
                    if crop.shape == variant.shape and np.array_equal(crop, variant):
                        found = v
                        places.add((index, y, x))
            assert found is not None
            seen.add(found)
    assert seen == set(range(8))
    expected = sum((h - size + 1) * (w - size + 1) for h, w in ((12, 15), (11, 13), (10, 11)))
    assert len(places) == expected


@pytest.mark.parametrize("count", [1, 2, 4])
def test_fewer_variants(count):
    """1 the image, 2 its mirror image too, 4 the flips, by NumPy on a whole image."""
    pixels = np.arange(6 * 6 * 3, dtype=np.uint8).reshape(6, 6, 3)
    flips = [pixels, pixels[:, ::-1], pixels[::-1], pixels[::-1, ::-1]]
    sampler = data.PatchSampler(data.ImageSet([("a", pixels)]), 6, 16, seed=0, variants=count)
    found = {np.rint(patch * 255).astype(np.uint8).tobytes() for patch in sampler(0).numpy()}
    assert found == {flip.tobytes() for flip in flips[:count]}


def test_bad_variants(images):
    with pytest.raises(ValueError, match="`variants` must be 1, 2, 4 or 8"):
        data.PatchSampler(images, 6, 2, seed=0, variants=3)


def test_each_image_once_an_epoch(images):
    sampler = data.PatchSampler(images, 10, batch_size=3, seed=1)
    orders = []
    for epoch in range(6):
        patches = sampler(epoch).numpy()
        order = [
            next(i for i, (_, im) in enumerate(images) if np.isin(p[0, 0, 0], im)) for p in patches
        ]
        assert sorted(order) == [0, 1, 2]
        orders.append(tuple(order))
    assert len(set(orders)) > 1


def test_patch_larger_than_an_image(images):
    with pytest.raises(ValueError, match="patch_size"):
        data.PatchSampler(images, 11, 2, seed=0)


def batches(images, count, **kwargs):
    noise = degradations.GaussianNoise((0, 55))
    dataset = data.training_dataset(images, noise, 8, 4, **kwargs)
    return [tuple(part.numpy() for part in batch) for batch in dataset.take(count)]


def test_continues_as_if_undisturbed(images):
    whole = batches(images, 5, seed=3)
    rest = batches(images, 2, seed=3, start_step=3)
    for expected, batch in zip(whole[3:], rest, strict=True):
        np.testing.assert_array_equal(batch[0], expected[0])
        np.testing.assert_array_equal(batch[1], expected[1])
    assert np.any(batches(images, 1, seed=4)[0][1] != whole[0][1])
    assert np.any(whole[0][0] - whole[0][1] != whole[1][0] - whole[1][1])


def test_placements_give_the_same_images(images):
    in_map = batches(images, 2, seed=3, placement="map")
    on_device = batches(images, 2, seed=3, placement="device")
    in_step = batches(images, 2, seed=3, placement="step")
    noise = degradations.GaussianNoise((0, 55))
    for (degraded, clean), other, (seeds, raw) in zip(in_map, on_device, in_step, strict=True):
        np.testing.assert_array_equal(degraded, other[0])
        np.testing.assert_array_equal(clean, raw)
        np.testing.assert_array_equal(degraded, data.degrade_in_step(noise, seeds, raw)[0])
        assert len(np.unique(seeds, axis=0)) == 4


def test_unknown_placement(images):
    with pytest.raises(ValueError, match="placement"):
        data.training_dataset(images, None, 8, 4, seed=0, placement="gpu")


@pytest.mark.parametrize("placement", ["map", "device"])
def test_every_patch_of_every_step_has_noise_of_its_own(placement):
    flat = data.ImageSet([("flat", np.full((8, 8, 1), 128, np.uint8))])
    noise = degradations.GaussianNoise(25)
    dataset = data.training_dataset(flat, noise, 8, 3, seed=0, placement=placement)
    batches = [degraded.numpy() for degraded, _ in dataset.take(3)]
    patches = np.concatenate(batches).reshape(9, -1)
    correlations = np.corrcoef(patches) - np.eye(9)
    assert np.abs(correlations).max() < 0.6
    (other,) = (
        degraded.numpy()
        for degraded, _ in data.training_dataset(
            flat, noise, 8, 3, seed=1, placement=placement
        ).take(1)
    )
    assert np.abs(other - batches[0]).mean() > 0.01
