"""The paper's number is found by the model's label."""

import pytest

from keras_restore.evaluation import paper_number


@pytest.mark.parametrize(
    ("label", "dataset", "protocol", "method", "psnr"),
    [
        ("xdncnn_gray_sigma25", "BSD68", "gray_sigma25", "xDnCNN", 29.21),
        ("DnCNN-S", "Set12", "gray_sigma25", "DnCNN-S", 30.436),
        ("dncnn_matconvnet_sigma25", "BSD68", "gray_sigma25", "DnCNN-S", 29.23),
        ("dncnn_b_gray", "BSD68", "gray_sigma15", "DnCNN-B", 31.61),
        ("dncnn3", "Classic5", "luma_q10", "DnCNN-3", 29.40),
        ("xsrcnnf_s3_k9k3k5", "Set5", "luma_x3", "xSRCNN-f", 32.90),
        ("dncnn3", "Set5", "luma_x3_8bits", "DnCNN-3", 33.75),
        ("dncnn3", "Set5", "luma_x3_exact", "DnCNN-3", 33.75),
        ("cdncnn_b", "Kodak24_FFDNet", "color_sigma25", "CDnCNN-B", 32.03),
        ("xsrcnn_c_luma_x3", "BSD100", "luma_x3", "xSRCNN-c", 28.54),
        ("red30_rgb", "LIVE1", "scratches", "RED30", 39.41),
        ("bm3d", "Set12", "gray_sigma25", "BM3D", 29.969),
        ("srcnn", "Set5", "luma_x3", "SRCNN", 32.75),
    ],
)
def test_found(label, dataset, protocol, method, psnr):
    number = paper_number(label, dataset, protocol)
    assert (number.method, number.psnr) == (method, psnr)


@pytest.mark.parametrize(
    ("label", "dataset", "protocol"),
    [
        ("xdncnn_gray_sigma25", "BSD68", "gray_sigma15"),
        ("nlm", "BSD68", "gray_sigma25"),
        ("xdncnn_gray_sigma25", "photos", "gray_sigma25"),
    ],
)
def test_none(label, dataset, protocol):
    assert paper_number(label, dataset, protocol) is None


def test_ssim_where_the_paper_has_it():
    assert paper_number("DnCNN-3", "Set5", "luma_x2").ssim == 0.9590
    assert paper_number("xDnCNN", "BSD68", "gray_sigma25").ssim is None
