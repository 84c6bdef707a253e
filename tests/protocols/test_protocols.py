"""The protocols, against independent references."""

import io
import re

import numpy as np
import pytest
import scipy.ndimage
from PIL import Image

from keras_restore import degradations, protocols


def picture(height=40, width=52, channels=3, seed=0):
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, channels))
    smooth = scipy.ndimage.gaussian_filter(noise, (2, 2, 0))
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    return (np.rint(smooth * 255) / 255).astype(np.float32)


def luma_by_itu(rgb):
    red, green, blue = np.moveaxis(rgb.astype(np.float64) * 255, -1, 0)
    levels = 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255
    return np.floor(levels + 0.5)[..., None] / 255


def psnr_of(a, b):
    return -10 * np.log10(np.mean((np.asarray(a, np.float64) - b) ** 2))


def test_every_listed_name_is_found_and_is_the_protocols():
    listed = protocols.names()
    assert len(listed) == len(set(listed)) > 25
    for name in listed:
        assert protocols.named(name).name == name
        assert hash(protocols.named(name)) == hash(protocols.named(name))


def test_the_listed_settings_are_those_of_the_papers():
    settings = {}
    for name in protocols.names():
        family, number, rest = re.fullmatch(r"(.*?)(\d*)(_[a-z]+|_8bits)?", name).groups()
        settings.setdefault(family + (rest or ""), []).append(int(number or 0))
    assert settings["gray_sigma"] == [10, 15, 25, 30, 50, 70]
    assert settings["color_sigma"] == [15, 25, 35, 50]
    assert settings["luma_x"] == settings["luma_x_exact"] == settings["luma_x_8bits"] == [2, 3, 4]
    assert settings["rgb_x"] == [2, 4]
    assert settings["luma_q"] == settings["color_q"] == [10, 20, 30, 40]


def test_a_setting_that_no_paper_used():
    assert protocols.named("gray_sigma37.5").degradation.sigma == 37.5
    assert protocols.named("luma_q85").degradation.quality == 85


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("grey_sigma25", "gray_sigma25"), ("lumax3", "luma_x3"), ("rainrgb", "rgb_rain")],
)
def test_a_typo_gets_the_nearest_name(typo, meant):
    with pytest.raises(ValueError, match=f"Did you mean '{meant}'"):
        protocols.named(typo)


@pytest.mark.parametrize("name", ["luma_x1", "luma_q0", "luma_q101", "text_0", "luma_x2.5"])
def test_settings_out_of_range(name):
    with pytest.raises(ValueError):
        protocols.named(name)


def test_other_colors_and_shapes_are_refused():
    with pytest.raises(ValueError, match="`color` must be one of"):
        protocols.Protocol("mine", "denoising", None, "cmyk")
    for shape in ((8, 8), (1, 8, 8, 1), (8, 8, 4)):
        with pytest.raises(ValueError, match="`clean` must be of shape"):
            protocols.gray_denoising().prepare(np.zeros(shape, np.float32))


def test_luma_super_resolution_step_by_step():
    clean = picture(41, 53)
    protocol = protocols.luma_super_resolution(3)
    reference = protocol.prepare(clean)
    np.testing.assert_allclose(reference, luma_by_itu(clean)[:39, :51], atol=1e-6)
    degraded = protocol.degrade(reference, 0)
    assert degraded.shape == reference.shape
    # Inside, Pillow's bicubic (a = -0.5, antialiased) is MATLAB's; the borders differ.
    small = Image.fromarray(reference[..., 0]).resize((17, 13), Image.Resampling.BICUBIC)
    small = np.rint(np.asarray(small) * 255).astype(np.float32) / 255
    large = Image.fromarray(small).resize((51, 39), Image.Resampling.BICUBIC)
    inside = np.s_[15:-15, 15:-15]
    np.testing.assert_allclose(degraded[..., 0][inside], np.asarray(large)[inside], atol=1e-5)
    score = protocol.score(reference, degraded)
    cut = np.s_[3:-3, 3:-3]
    assert abs(score["psnr"] - psnr_of(np.clip(degraded, 0, 1)[cut], reference[cut])) < 1e-4


def test_the_exact_variant_rounds_nothing():
    clean = picture(48, 51)
    exact = protocols.named("luma_x3_exact")
    reference = exact.prepare(clean)
    small = Image.fromarray(reference[..., 0]).resize((17, 16), Image.Resampling.BICUBIC)
    large = np.asarray(small.resize((51, 48), Image.Resampling.BICUBIC))
    inside = np.s_[15:-15, 15:-15]
    degraded = exact.degrade(reference, 0)[..., 0]
    np.testing.assert_allclose(degraded[inside], large[inside], atol=1e-5)
    rounded = protocols.named("luma_x3").degrade(reference, 0)[..., 0]
    assert 1e-4 < np.abs(degraded - rounded).max() < 2 / 255


def test_all_is_rounded_as_in_the_demo_of_dncnn_3():
    protocol = protocols.named("luma_x3_8bits")
    clean = protocol.prepare(picture(48, 51))
    small = Image.fromarray(clean[..., 0]).resize((17, 16), Image.Resampling.BICUBIC)
    small = np.rint(np.asarray(small) * 255).astype(np.float32)
    large = np.asarray(Image.fromarray(small).resize((51, 48), Image.Resampling.BICUBIC))
    inside = np.s_[15:-15, 15:-15]
    degraded = protocol.degrade(clean, 0)[..., 0] * 255
    np.testing.assert_allclose(degraded, np.rint(degraded), atol=1e-4)
    # A value between two levels may be rounded to either.
    assert np.mean(np.rint(degraded)[inside] != np.rint(large)[inside]) < 0.01
    restored = clean + np.random.default_rng(1).normal(0, 0.02, clean.shape)
    rounded = np.clip(np.rint(restored * 255), 0, 255) / 255
    cut = np.s_[3:-3, 3:-3]
    assert protocol.score(clean, restored)["psnr"] == pytest.approx(
        psnr_of(rounded[cut], clean[cut].astype(np.float64)), abs=1e-4
    )
    with pytest.raises(ValueError, match="`kernel` must be one of .* kernel='round'"):
        protocols.deblurring("round")
    with pytest.raises(ValueError, match="`rounded` must be one of .* rounded='some'"):
        protocols.luma_super_resolution(3, rounded="some")


def test_gray_files_are_not_squeezed_into_the_studio_range():
    clean = picture(12, 12, channels=1)
    np.testing.assert_array_equal(protocols.named("luma_x3").prepare(clean), clean)


def test_rgb_super_resolution_compares_the_rounded_luma():
    clean = picture(44, 52)
    protocol = protocols.named("rgb_x4")
    low = protocol.degrade(protocol.prepare(clean), 0)
    assert low.shape == (11, 13, 3)
    np.testing.assert_allclose(low * 255, np.rint(low * 255), atol=1e-4)
    restored = np.clip(clean + np.random.default_rng(1).normal(0, 0.02, clean.shape), 0, 1)
    rounded = np.rint(restored * 255) / 255
    cut = np.s_[4:-4, 4:-4]
    expected = psnr_of(luma_by_itu(rounded)[cut], luma_by_itu(clean)[cut])
    assert abs(protocol.score(clean, restored)["psnr"] - expected) < 1e-4
    assert protocol.baseline(low).shape == clean.shape


@pytest.mark.parametrize(("name", "channels"), [("luma_q10", 1), ("color_q10", 3)])
def test_deblocking_is_pillows_jpeg(name, channels):
    clean = picture(40, 48, channels=channels)
    file = io.BytesIO()
    pixels = np.rint(clean * 255).astype(np.uint8)
    Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(file, "JPEG", quality=10)
    expected = np.asarray(Image.open(file), np.float64).reshape(clean.shape) / 255
    protocol = protocols.named(name)
    np.testing.assert_allclose(protocol.degrade(clean, 0), expected, atol=1e-7)
    assert set(protocol.score(clean, clean * 0.9)) == {"psnr", "ssim", "psnr_b"}


@pytest.mark.parametrize("name", ["blur_disk", "blur_motion", "blur_gaussian"])
def test_deblurring_is_a_convolution_with_a_mirrored_border(name):
    clean = picture(30, 34)
    protocol = protocols.named(name)
    kernel = protocol.degradation.weights()
    assert abs(kernel.sum() - 1) < 1e-9 and kernel.size > 25
    expected = [scipy.ndimage.convolve(clean[..., c], kernel, mode="reflect") for c in range(3)]
    np.testing.assert_allclose(protocol.degrade(clean, 0), np.stack(expected, -1), atol=1e-6)


def test_luma_of_derained_images_is_that_of_8_bits():
    clean = picture(20, 24)
    protocol = protocols.named("luma_rain")
    assert protocol.score(clean, clean + np.float32(0.4 / 255))["psnr"] == np.inf
    restored = np.clip(clean + np.float32(0.6 / 255), 0, 1)
    rounded = np.rint(restored * 255) / 255
    expected = psnr_of(luma_by_itu(rounded), luma_by_itu(clean))
    assert protocol.score(clean, restored)["psnr"] == pytest.approx(expected, abs=1e-4)


def test_rain_takes_pairs_and_their_sizes_must_agree():
    clean, rainy = picture(20, 24), picture(20, 24, seed=1)
    protocol = protocols.rgb_rain()
    (row,) = protocols.evaluate(lambda x: x, [("a", clean, rainy)], protocol)
    assert abs(row["psnr"] - psnr_of(clean, rainy)) < 1e-4
    with pytest.raises(ValueError, match="a: The images of a pair must be of one size"):
        protocols.evaluate(lambda x: x, [("a", clean, rainy[:-1])], protocol)
    with pytest.raises(ValueError, match="a degraded image for each clean one"):
        protocols.evaluate(lambda x: x, [("a", clean)], protocol)


@pytest.mark.parametrize("name", ["text_10", "text_20", "scratches"])
def test_drawn_degradations_change_some_pixels_and_not_others(name):
    clean = np.full((80, 100, 3), 0.5, np.float32)
    protocol = protocols.named(name)
    degraded = protocol.degrade(clean, 3)
    share = np.mean(np.any(np.abs(degraded - 0.5) > 0.01, axis=2))
    assert 0.01 < share < 0.5
    np.testing.assert_array_equal(degraded, protocol.degrade(clean, 3))
    assert np.any(degraded != protocol.degrade(clean, 4))


def test_scratches_are_black_or_white():
    clean = np.full((80, 100, 3), 0.2, np.float32)
    drawn = [protocols.named("scratches").degrade(clean, index) for index in range(10)]
    assert set(np.rint(np.unique(drawn) * 255)) == {0, 51, 255}


def test_a_restoration_of_another_size_is_refused():
    with pytest.raises(ValueError, match="must be of the clean one's shape"):
        protocols.evaluate(lambda x: x[:, 1:], [("a", picture())], protocols.color_denoising())


def test_summary_is_the_mean_over_images():
    rows = [{"image": "a", "psnr": 20.0, "ssim": 0.5}, {"image": "b", "psnr": 30.0, "ssim": 0.7}]
    assert protocols.gray_denoising().summary(rows) == {"psnr": 25.0, "ssim": pytest.approx(0.6)}


def test_bicubic_numbers_of_the_papers(shared_data):
    from keras_restore.data import list_images, read_image, to_float

    for scale, published in ((3, 30.39), (4, 28.42)):
        protocol = protocols.luma_super_resolution(scale)
        images = (
            (path.name, to_float(read_image(path, protocol.file_channels)))
            for path in list_images(shared_data / "test" / "Set5")
        )
        rows = protocols.evaluate(lambda x: x, images, protocol)
        assert abs(protocol.summary(rows)["psnr"] - published) < 0.01


# The largest difference of one level of 255 or, of JPEG, of libjpeg's cosines.
TWINS = {
    "luma_x3": 1e-4,
    "luma_x2_exact": 1e-4,
    "rgb_x2": 1e-4,
    "luma_q30": 2.01 / 255,
    "color_q30": 4.01 / 255,
    "blur_disk": 1e-5,
    "blur_motion": 1e-5,
    "blur_gaussian": 1e-5,
}


@pytest.mark.parametrize("name", TWINS)
def test_the_graph_twin_of_a_protocols_degradation(name):
    protocol = protocols.named(name)
    clean = protocol.prepare(picture(48, 60))
    expected = protocol.degrade(clean, 0)
    found = protocol.degradation.twin()(clean[None], (0, 1))[0].numpy()
    assert found.shape == expected.shape
    difference = np.abs(found - expected)
    # A value between two levels may be rounded to either.
    assert difference.mean() < TWINS[name] / 4 and np.mean(difference > TWINS[name]) < 1e-3


def test_the_twins_of_random_degradations():
    clean = np.full((64, 64, 3), 0.5, np.float32)
    noisy = protocols.named("color_sigma50").degradation.twin()(clean[None], (0, 1))[0].numpy()
    assert np.std(noisy - clean) * 255 == pytest.approx(50, rel=0.05)
    for name in ("text_10", "scratches"):
        assert np.any(protocols.named(name).degradation.twin()(clean[None], (0, 1))[0] != clean)


def test_a_degradation_of_training_in_a_protocol():
    blur = degradations.GaussianBlur((0.5, 3))
    protocol = protocols.Protocol("blur", "deblurring", protocols.PerImage(blur), "rgb")
    clean = picture()
    np.testing.assert_array_equal(protocol.degrade(clean, 3), blur(clean[None], (3, 0))[0])
    assert protocol.degradation.twin() is blur
