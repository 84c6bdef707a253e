"""The protocols of the papers' tasks, each under a name.

The papers' tasks (gray and colour denoising, super-resolution, deblocking, deblurring,
deraining, inpainting, denoising for vision). `named` finds one by its name.
"""

import difflib
import re

from keras_restore.metrics import PSNR, PSNRB, SSIM
from keras_restore.protocols.protocol import Protocol
from keras_restore.protocols.reference_degradations import (
    BicubicReduction,
    DrawnScratches,
    JpegFile,
    KernelBlur,
    WhiteNoise,
    WrittenText,
)
from keras_restore.protocols.vision_protocol import VisionProtocol


def gray_denoising(sigma=25):
    """The denoising papers' main protocol: gray images, white noise, all pixels.

    Noise `numpy.random.default_rng(i).normal(0, sigma / 255)` for the i-th image by name,
    added in float32, not clipped; output clipped, not rounded (DnCNN, Sec. IV; xUnit, 4.1).

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        A `Protocol` named "gray_sigma25".

    Raises:
        ValueError: If `sigma` is negative.

    Example:

    >>> gray_denoising(50).name
    'gray_sigma50'
    """
    name, task = f"gray_sigma{sigma:g}", f"gray denoising, sigma {sigma:g}"
    return Protocol(name, task, WhiteNoise(sigma), "gray")


def color_denoising(sigma=25):
    """White noise on each channel of RGB images, measured over all pixels and channels.

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        A `Protocol` named "color_sigma25".

    Raises:
        ValueError: If `sigma` is negative.

    Example:

    >>> color_denoising(50).name
    'color_sigma50'
    """
    name, task = f"color_sigma{sigma:g}", f"colour denoising, sigma {sigma:g}"
    return Protocol(name, task, WhiteNoise(sigma), "rgb")


# What `luma_super_resolution` rounds to 8 bits: the end of the protocol's name, words of its task.
ROUNDED = {
    "small": ("", ""),
    "nothing": ("_exact", ", nothing rounded"),
    "all": ("_8bits", ", all rounded"),
}


def luma_super_resolution(scale=3, rounded="small"):
    """Super-resolution of the luma, enlarged before the network (SRCNN, DnCNN, RED-Net).

    MATLAB's luma, cropped to a multiple of the scale; bicubic down, rounded to 8 bits, bicubic
    up; `scale` pixels of border left out. Gray files are taken as they are.

    Args:
        scale: Integer factor, at least 2.
        rounded: What is rounded to 8 bits. "small": the small image, as a file has it.
            "nothing": as MATLAB code does that never writes a file; the published xSRCNN meet
            their paper's numbers only so. "all": the small, the enlarged and the restored image,
            as the demo of DnCNN-3 does with uint8 images.

    Returns:
        A `Protocol` named "luma_x3", "luma_x3_exact" or "luma_x3_8bits".

    Raises:
        ValueError: If `scale` is not an integer of at least 2, or `rounded` is unknown.

    Example:

    >>> luma_super_resolution(4).name
    'luma_x4'
    """
    if rounded not in ROUNDED:
        raise ValueError(f"`rounded` must be one of {list(ROUNDED)}. Received: rounded={rounded!r}")
    every, (ending, words) = rounded == "all", ROUNDED[rounded]
    return Protocol(
        f"luma_x{scale}{ending}",
        f"super-resolution x{scale} of the luma{words}",
        BicubicReduction(scale, round_to_8_bits=rounded != "nothing", round_enlarged=every),
        "luma",
        crop_border=scale,
        round_to_8_bits=every,
    )


def rgb_super_resolution(scale=4):
    """Super-resolution of small RGB images, measured on the luma (SRResNet).

    Like `luma_super_resolution`, but the network sees the small RGB image and enlarges it
    itself; its output is rounded to 8 bits, its luma compared.

    Args:
        scale: Integer factor, at least 2.

    Returns:
        A `Protocol` named "rgb_x4".

    Raises:
        ValueError: If `scale` is not an integer of at least 2.

    Example:

    >>> rgb_super_resolution(2).name
    'rgb_x2'
    """
    return Protocol(
        f"rgb_x{scale}",
        f"super-resolution x{scale} of RGB, compared on the luma",
        BicubicReduction(scale, enlarged=False),
        "rgb",
        compare="luma",
        crop_border=scale,
        round_to_8_bits=True,
    )


def luma_deblocking(quality=10):
    """JPEG deblocking of the luma: PSNR, SSIM and PSNR-B (DnCNN, RED-Net).

    MATLAB's luma, or a gray file as it is, written as a gray JPEG file by Pillow.

    Args:
        quality: 1 to 100.

    Returns:
        A `Protocol` named "luma_q10".

    Raises:
        ValueError: If `quality` is out of range.

    Example:

    >>> luma_deblocking(20).name
    'luma_q20'
    """
    return Protocol(
        f"luma_q{quality}",
        f"JPEG deblocking of the luma, quality {quality}",
        JpegFile(quality),
        "luma",
        metrics=(PSNR, SSIM, PSNRB),
    )


def color_deblocking(quality=10):
    """JPEG deblocking of RGB images, over all channels: PSNR, SSIM and PSNR-B.

    As FBCNN (Jiang et al., ICCV 2021) measures it, but for the encoder: written as a colour JPEG
    file by Pillow, whose chroma has half the rows and columns (4:2:0).

    Args:
        quality: 1 to 100.

    Returns:
        A `Protocol` named "color_q10".

    Raises:
        ValueError: If `quality` is out of range.

    Example:

    >>> color_deblocking(20).name
    'color_q20'
    """
    return Protocol(
        f"color_q{quality}",
        f"JPEG deblocking of colour, quality {quality}",
        JpegFile(quality),
        "rgb",
        metrics=(PSNR, SSIM, PSNRB),
    )


# The radius of Xu et al. (NIPS 2014), whom RED-Net follows; the other two are not stated there,
# and ours: a motion of 15 pixels at 45 degrees, and the sigma of Schuler et al. (CVPR 2013).
BLURS = {"disk": (7,), "motion": (15, 45), "gaussian": (1.6,)}


def deblurring(kernel="disk"):
    """Non-blind deblurring of RGB images without noise (RED-Net, Sec. 5.5).

    Args:
        kernel: "disk" (radius 7), "motion" (15 pixels at 45 degrees) or "gaussian" (1.6).

    Returns:
        A `Protocol` named "blur_disk".

    Raises:
        ValueError: If `kernel` is unknown.

    Example:

    >>> deblurring("motion").name
    'blur_motion'
    """
    if kernel not in BLURS:
        raise ValueError(f"`kernel` must be one of {sorted(BLURS)}. Received: kernel={kernel!r}")
    degradation = KernelBlur(kernel, BLURS[kernel])
    return Protocol(f"blur_{kernel}", f"deblurring, {kernel} kernel", degradation, "rgb")


def real_pairs():
    """Denoising of real photos, each given with a clean one of the same scene, over all channels.

    As of Xu et al., "Real-world Noisy Image Denoising: A New Benchmark", arXiv 1804.02603: the
    clean photo is the mean of many shots. The output is clipped, not rounded. A model that takes
    the noise level is told the estimate of each photo.

    Returns:
        A `Protocol` named "real_pairs".

    Example:

    >>> real_pairs().degradation is None
    True
    """
    return Protocol("real_pairs", "denoising of real photos", None, "rgb")


def rgb_rain():
    """Deraining of given pairs, measured over all pixels and channels (xUnit, Sec. 4.2).

    Returns:
        A `Protocol` named "rgb_rain".

    Example:

    >>> rows = evaluate(restore, pairs, rgb_rain())
    """
    return Protocol("rgb_rain", "deraining", None, "rgb")


def luma_rain():
    """Deraining of given RGB pairs, measured on the luma of the output rounded to 8 bits.

    Returns:
        A `Protocol` named "luma_rain".

    Example:

    >>> rows = evaluate(restore, pairs, luma_rain())
    """
    return Protocol(
        "luma_rain",
        "deraining, compared on the luma",
        None,
        "rgb",
        compare="luma",
        round_to_8_bits=True,
    )


def text_removal(size=10):
    """Inpainting of text drawn on RGB images (RED-Net, Sec. 5.6).

    Args:
        size: Font size in pixels.

    Returns:
        A `Protocol` named "text_10".

    Raises:
        ValueError: If `size` is not positive.

    Example:

    >>> text_removal(20).name
    'text_20'
    """
    return Protocol(f"text_{size}", f"removal of text of size {size}", WrittenText(size), "rgb")


def scratch_removal():
    """Inpainting of random scratches on RGB images (RED-Net, Sec. 5.6).

    Returns:
        A `Protocol` named "scratches".

    Example:

    >>> rows = evaluate(restore, color_images, scratch_removal())
    """
    return Protocol("scratches", "removal of scratches", DrawnScratches(), "rgb")


def classification(sigma=15):
    """Top-1 and top-5 of a classifier on noisy RGB images (Liu et al., Sec. 4.2).

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        A `VisionProtocol` named "classification_sigma15".

    Raises:
        ValueError: If `sigma` is negative.

    Example:

    >>> rows = evaluate(predict, labelled_images, classification(30))
    """
    name, task = f"classification_sigma{sigma:g}", f"classification at sigma {sigma:g}"
    return VisionProtocol(name, task, WhiteNoise(sigma), "classes")


def segmentation(sigma=15):
    """Mean IoU of a segmentation of noisy RGB images (Liu et al., Sec. 4.2).

    Args:
        sigma: Standard deviation in grey levels of 255.

    Returns:
        A `VisionProtocol` named "segmentation_sigma15".

    Raises:
        ValueError: If `sigma` is negative.

    Example:

    >>> rows = evaluate(predict, labelled_images, segmentation(30))
    """
    name, task = f"segmentation_sigma{sigma:g}", f"segmentation at sigma {sigma:g}"
    return VisionProtocol(name, task, WhiteNoise(sigma), "segments")


# Pattern of a name, the builder, the type of its setting, the settings of the papers.
_FAMILIES = (
    ("gray_sigma{}", gray_denoising, float, (10, 15, 25, 30, 50, 70)),
    ("color_sigma{}", color_denoising, float, (15, 25, 35, 50)),
    ("luma_x{}", luma_super_resolution, int, (2, 3, 4)),
    ("luma_x{}_exact", lambda scale: luma_super_resolution(scale, "nothing"), int, (2, 3, 4)),
    ("luma_x{}_8bits", lambda scale: luma_super_resolution(scale, "all"), int, (2, 3, 4)),
    ("rgb_x{}", rgb_super_resolution, int, (2, 4)),
    ("luma_q{}", luma_deblocking, int, (10, 20, 30, 40)),
    ("color_q{}", color_deblocking, int, (10, 20, 30, 40)),
    ("blur_disk", deblurring, None, ()),
    ("blur_motion", lambda: deblurring("motion"), None, ()),
    ("blur_gaussian", lambda: deblurring("gaussian"), None, ()),
    ("real_pairs", real_pairs, None, ()),
    ("rgb_rain", rgb_rain, None, ()),
    ("luma_rain", luma_rain, None, ()),
    ("text_{}", text_removal, int, (10, 20)),
    ("scratches", scratch_removal, None, ()),
    ("classification_sigma{}", classification, float, (15, 30, 45, 60)),
    ("segmentation_sigma{}", segmentation, float, (15, 30, 45, 60)),
)


def names():
    """Lists the names of the papers' protocols; `named` takes other settings, too.

    Returns:
        List of strings.

    Example:

    >>> names()[0]
    'gray_sigma10'
    """
    return [
        pattern.format(setting)
        for pattern, _, _, settings in _FAMILIES
        for setting in (settings or [""])
    ]


def named(name):
    """Finds a protocol by its name.

    Args:
        name: One of `names()`, or the same with another setting: "gray_sigma37.5".

    Returns:
        A `Protocol` or a `VisionProtocol`.

    Raises:
        ValueError: If there is none of that name; the message suggests the nearest.

    Example:

    >>> named("luma_x3").crop_border
    3
    """
    for pattern, build, kind, _ in _FAMILIES:
        match = re.fullmatch(pattern.format(r"(\d+(?:\.\d+)?)"), name)
        if match and kind is None:
            return build()
        if match and (kind is float or match[1].isdigit()):
            return build(int(match[1]) if match[1].isdigit() else float(match[1]))
    near = difflib.get_close_matches(name, names(), n=1, cutoff=0.0)
    raise ValueError(
        f"There is no protocol named {name!r}. Did you mean {near[0]!r}? "
        f"The papers' protocols are {', '.join(names())}."
    )
