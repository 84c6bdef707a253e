"""What the papers report: the numbers to print beside ours."""

import dataclasses
import re

DNCNN = "Zhang et al., TIP 2017"
XUNIT = "Kligvasser et al., CVPR 2018"
XUNIT_V1 = "Kligvasser et al., arXiv v1"
RED_NET = "Mao et al., 2016"
UNET = "Liu et al., IJCAI 2018"
FFDNET = "Zhang et al., FFDNet, TIP 2018"

# Source; method; set; first part of the protocol's name; for each setting PSNR and, where the
# paper has it, SSIM.
_TABLES = (
    (XUNIT, "xDnCNN", "BSD68", "gray_sigma", {25: (29.21,), 50: (26.26,)}),
    (XUNIT, "xDnCNN", "Rain12", "rgb_rain", {"": (31.17,)}),
    (XUNIT, "xSRCNN-f", "BSD100", "luma_x", {3: (28.53,), 4: (27.06,)}),
    (XUNIT, "xSRCNN-c", "BSD100", "luma_x", {3: (28.54,), 4: (27.04,)}),
    (XUNIT_V1, "xSRCNN-f", "Set5", "luma_x", {3: (32.90,), 4: (30.72,)}),
    (XUNIT_V1, "xSRCNN-c", "Set5", "luma_x", {3: (32.86,), 4: (30.66,)}),
    (XUNIT_V1, "xSRCNN-f", "Set14", "luma_x", {3: (29.38,), 4: (27.67,)}),
    (XUNIT_V1, "xSRCNN-c", "Set14", "luma_x", {3: (29.36,), 4: (27.62,)}),
    (XUNIT_V1, "SRCNN", "Set5", "luma_x", {3: (32.75,), 4: (30.48,)}),
    (XUNIT_V1, "SRCNN", "Set14", "luma_x", {3: (29.29,), 4: (27.49,)}),
    (XUNIT_V1, "SRCNN", "BSD100", "luma_x", {3: (28.41,), 4: (26.90,)}),
    (XUNIT, "SRResNet", "BSD100", "rgb_x", {4: (27.58,)}),
    (XUNIT, "xSRResNet", "BSD100", "rgb_x", {4: (27.61,)}),
    (DNCNN, "BM3D", "BSD68", "gray_sigma", {15: (31.07,), 25: (28.57,), 50: (25.62,)}),
    (DNCNN, "BM3D", "Set12", "gray_sigma", {15: (32.372,), 25: (29.969,), 50: (26.722,)}),
    (DNCNN, "DnCNN-S", "BSD68", "gray_sigma", {15: (31.73,), 25: (29.23,), 50: (26.23,)}),
    (DNCNN, "DnCNN-S", "Set12", "gray_sigma", {15: (32.859,), 25: (30.436,), 50: (27.178,)}),
    (DNCNN, "DnCNN-B", "BSD68", "gray_sigma", {15: (31.61,), 25: (29.16,), 50: (26.23,)}),
    (DNCNN, "DnCNN-B", "Set12", "gray_sigma", {15: (32.680,), 25: (30.362,), 50: (27.206,)}),
    (
        FFDNET,
        "CDnCNN-B",
        "CBSD68",
        "color_sigma",
        {15: (33.89,), 25: (31.23,), 50: (27.92,)},
    ),
    (
        FFDNET,
        "CDnCNN-B",
        "Kodak24_FFDNet",
        "color_sigma",
        {15: (34.48,), 25: (32.03,), 50: (28.85,)},
    ),
    (
        FFDNET,
        "CDnCNN-B",
        "McMaster",
        "color_sigma",
        {15: (33.44,), 25: (31.51,), 50: (28.61,)},
    ),
    (
        DNCNN,
        "DnCNN-3",
        "BSD68",
        "gray_sigma",
        {15: (31.46, 0.8826), 25: (29.02, 0.8190), 50: (26.10, 0.7076)},
    ),
    (
        DNCNN,
        "DnCNN-3",
        "Set5",
        "luma_x",
        {2: (37.58, 0.9590), 3: (33.75, 0.9222), 4: (31.40, 0.8845)},
    ),
    (
        DNCNN,
        "DnCNN-3",
        "Set14",
        "luma_x",
        {2: (33.03, 0.9128), 3: (29.81, 0.8321), 4: (28.04, 0.7672)},
    ),
    (
        DNCNN,
        "DnCNN-3",
        "BSD100",
        "luma_x",
        {2: (31.90, 0.8961), 3: (28.85, 0.7981), 4: (27.29, 0.7253)},
    ),
    (
        DNCNN,
        "DnCNN-3",
        "Urban100",
        "luma_x",
        {2: (30.74, 0.9139), 3: (27.15, 0.8276), 4: (25.20, 0.7521)},
    ),
    (
        DNCNN,
        "DnCNN-3",
        "Classic5",
        "luma_q",
        {10: (29.40, 0.8026), 20: (31.63, 0.8610), 30: (32.91, 0.8861), 40: (33.77, 0.9003)},
    ),
    (
        DNCNN,
        "DnCNN-3",
        "LIVE1",
        "luma_q",
        {10: (29.19, 0.8123), 20: (31.59, 0.8802), 30: (32.98, 0.9090), 40: (33.96, 0.9247)},
    ),
    (
        RED_NET,
        "RED30",
        "Set5",
        "luma_x",
        {2: (37.66, 0.9599), 3: (33.82, 0.9230), 4: (31.51, 0.8869)},
    ),
    (
        RED_NET,
        "RED30",
        "Set14",
        "luma_x",
        {2: (32.94, 0.9144), 3: (29.61, 0.8341), 4: (27.86, 0.7718)},
    ),
    (
        RED_NET,
        "RED30",
        "BSD100",
        "luma_x",
        {2: (31.99, 0.8974), 3: (28.93, 0.7994), 4: (27.40, 0.7290)},
    ),
    (RED_NET, "RED10", "LIVE1", "luma_q", {10: (29.24,), 20: (31.63,)}),
    (RED_NET, "RED20", "LIVE1", "luma_q", {10: (29.33,), 20: (31.71,)}),
    (RED_NET, "RED30", "LIVE1", "luma_q", {10: (29.35,), 20: (31.73,)}),
    (RED_NET, "RED30", "LIVE1", "text_", {10: (38.24, 0.9869), 20: (34.99, 0.9828)}),
    (RED_NET, "RED30", "LIVE1", "scratches", {"": (39.41, 0.9923)}),
    (UNET, "Denoising U-Net", "Kodak24", "color_sigma", {25: (32.39,), 35: (30.83,), 50: (29.27,)}),
    (UNET, "DnCNN", "Kodak24", "color_sigma", {25: (32.35,), 35: (30.76,), 50: (29.16,)}),
    (UNET, "BM3D", "Kodak24", "color_sigma", {25: (31.81,), 35: (30.04,), 50: (28.62,)}),
)
# Methods that a shorter label means.
_MEANT = {"dncnn": "dncnns", "bm3d": "bm3d", "cbm3d": "bm3d"}


@dataclasses.dataclass(frozen=True)
class PaperNumber:
    """A number that a paper reports.

    Attributes:
        method: As the paper calls it.
        psnr: In dB.
        ssim: None where the paper has none.
        source: The paper.
    """

    method: str
    psnr: float
    ssim: float | None
    source: str

    def of(self, metric):
        """Returns the number of a metric by its name, or None."""
        return {"psnr": self.psnr, "ssim": self.ssim}.get(metric)

    def text(self, metric):
        """Writes the number of a metric as the papers do, or ""."""
        value = self.of(metric)
        return f"{value:.{2 if metric == 'psnr' else 4}f}" if value else ""


def paper_number(label, dataset, protocol_name):
    """Finds the paper's number for a model, by the longest method name its label starts with.

    Args:
        label: Of the model: "xdncnn_gray_sigma25", "DnCNN-S", "xsrcnn_f_luma_x3". A plain
            "dncnn" means DnCNN-S in gray.
        dataset: Name of the set: "BSD68".
        protocol_name: "gray_sigma25"; "luma_x3_exact" and "luma_x3_8bits" have the numbers of
            "luma_x3".

    Returns:
        A `PaperNumber`, or None.

    Example:

    >>> paper_number("xdncnn_gray_sigma25", "BSD68", "gray_sigma25").psnr
    29.21
    """
    wanted = _plain(label)
    protocol_name = protocol_name.removesuffix("_exact").removesuffix("_8bits")
    found = {}
    for source, method, set_name, protocol, settings in _TABLES:
        for setting, (psnr, *ssim) in settings.items():
            if (set_name, f"{protocol}{setting}") == (dataset, protocol_name):
                number = PaperNumber(method, psnr, ssim[0] if ssim else None, source)
                found[_plain(method)] = number
    for short, full in _MEANT.items():
        if full in found:
            found.setdefault(short, found[full])
    fitting = [method for method in found if wanted.startswith(method)]
    return found[max(fitting, key=len)] if fitting else None


def _plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())
