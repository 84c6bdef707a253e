"""Laws of restore over sizes, modes and options, drawn by Hypothesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pictures import picture
from made_predictors import Blur, Double, Identity, Shift
from PIL import Image

from keras_restore.inference import restore, restore_file
from keras_restore.pictures import PictureWriter, open_picture

drawn = settings(max_examples=40, deadline=None, derandomize=True, database=None)
sides = st.integers(1, 40)
# The mode that comes out: what holds the same pictures, where a mode is only a way to store them.
MODES = {
    **{"L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "I;16": "I;16", "1": "L"},
    **{"P": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB", "LAB": "RGB", "I": "I;16"},
    **{"F": "I;16", "RGBX": "RGB", "La": "LA", "RGBa": "RGBA", "PA": "RGBA"},
}


@drawn
@given(
    kind=st.sampled_from([Blur, Shift, Double]),
    size=st.tuples(sides, sides),
    samples=st.sampled_from([1, 3, 4]),
    tile=st.integers(9, 30),
    options=st.fixed_dictionaries(
        {},
        optional={
            "ensemble": st.booleans(),
            "strength": st.sampled_from([0.0, 0.3, 1.0]),
            "color": st.sampled_from(["channels", "luma"]),
        },
    ),
)
def test_tiled_is_whole(kind, size, samples, tile, options):
    image = picture(*size, samples) / np.float32(255)
    whole = restore(image, kind(), tile=None, **options)
    assert whole.shape == (*(side * kind.scale for side in size), samples)
    np.testing.assert_allclose(restore(image, kind(), tile=tile, **options), whole, atol=2e-6)


@pytest.mark.parametrize("mode", sorted(MODES))
@settings(drawn, max_examples=5)
@given(size=st.tuples(sides, sides), seed=st.integers(0, 9))
def test_every_mode_in_the_same_mode_out(mode, size, seed):
    if mode == "I;16":
        image = Image.fromarray(picture(*size, 1, np.uint16, seed)[..., 0])
    else:
        image = Image.fromarray(picture(*size, 4, seed=seed))
        steps = {"La": ["LA"], "RGBa": ["RGBA"], "PA": ["P"], "LAB": ["RGB"], "HSV": ["RGB"]}
        for step in (*steps.get(mode, ["RGB"] if mode != "RGBA" else []), mode):
            image = to_lab(image) if step == "LAB" else image.convert(step)
    restored = restore(image, Identity(1 if MODES[mode] in ("L", "LA", "I;16") else 3))
    assert restored.mode == MODES[mode] and restored.size == image.size
    if mode in ("L", "RGB", "I;16", "LA", "RGBA"):
        np.testing.assert_array_equal(np.asarray(restored), np.asarray(image))


def to_lab(image):
    from PIL import ImageCms

    profiles = (ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"))
    return ImageCms.profileToProfile(image, *profiles, outputMode="LAB")


@drawn
@given(
    size=st.tuples(sides, sides),
    samples=st.integers(1, 4),
    dtype=st.sampled_from([np.uint8, np.uint16, np.float32]),
    flat=st.booleans(),
)
def test_arrays_keep_their_type_and_shape(size, samples, dtype, flat):
    image = picture(*size, samples, np.uint16 if dtype == np.uint16 else np.uint8)
    image = image if dtype != np.float32 else image / np.float32(255)
    image = image[..., 0] if flat and samples == 1 else image
    restored = restore(image, Identity(1 if samples < 3 else 3))
    assert (restored.dtype, restored.shape) == (image.dtype, image.shape)
    np.testing.assert_array_equal(restored, image)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "bmp", "jpg"])
@drawn
@given(
    size=st.tuples(sides, sides),
    samples=st.integers(1, 4),
    dtype=st.sampled_from([np.uint8, np.uint16]),
    tile=st.sampled_from(["auto", None, 9]),
)
def test_files_hold_what_the_format_can(tmp_path_factory, suffix, size, samples, dtype, tile):
    folder = tmp_path_factory.mktemp("files")
    pixels = picture(*size, samples, dtype)
    source, target = folder / "a.png", folder / f"b.{suffix}"
    with PictureWriter(source, *pixels.shape, pixels.dtype) as file:
        file.write(pixels)
    model = Identity(1 if samples < 3 else 3)
    if suffix in ("bmp", "jpg") and samples in (2, 4):
        with pytest.raises(ValueError, match="transparency"):
            restore_file(source, target, model, tile=tile)
        assert not list(folder.glob("*b.*"))
        return
    notes = restore_file(source, target, model, tile=tile)
    deep = suffix in ("png", "tif")
    assert any("8 bits" in note for note in notes) == (dtype == np.uint16 and not deep)
    with open_picture(target) as found:
        assert (found.height, found.width) == size
        assert found.dtype == (dtype if deep else np.uint8)
        rows = found.read(size[0])
        colors = 1 if samples < 3 else 3
        if deep:
            np.testing.assert_array_equal(rows, pixels[..., :colors])
            if samples in (2, 4):
                np.testing.assert_array_equal(found.alpha, pixels[..., colors:])
        if suffix == "bmp":
            expected = pixels if dtype == np.uint8 else np.rint(pixels / 257)
            np.testing.assert_array_equal(rows[..., :colors], expected)
