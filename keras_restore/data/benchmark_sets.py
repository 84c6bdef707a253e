"""The sets of images that the papers train and report on."""

import difflib

from keras_restore.data.benchmark_set import BenchmarkSet

BSDS_SOURCE = "https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html"
BSDS_CITATION = (
    "Arbelaez, Maire, Fowlkes, Malik, Contour Detection and Hierarchical Image Segmentation, "
    "IEEE TPAMI 2011"
)
DNCNN_SOURCE = "the test sets of https://github.com/cszn/DnCNN"
FFDNET_SOURCE = "the test sets of https://github.com/cszn/FFDNet"
SR_SOURCE = "the test sets of https://github.com/jbhuang0604/SelfExSR"
LANDSCAPE_OR_PORTRAIT = ((321, 481), (481, 321))

SETS = {
    benchmark.name: benchmark
    for benchmark in (
        BenchmarkSet(
            "Set12",
            ("Set12", "test/Set12"),
            12,
            DNCNN_SOURCE,
            "Zhang, Zuo, Chen, Meng, Zhang, Beyond a Gaussian Denoiser, IEEE TIP 2017",
            sizes=((256, 256), (512, 512)),
            gray=True,
        ),
        BenchmarkSet(
            "BSD68",
            ("BSD68", "test/BSD68"),
            68,
            DNCNN_SOURCE,
            "Roth, Black, Fields of Experts, IJCV 2009, of BSDS",
            sizes=LANDSCAPE_OR_PORTRAIT,
            gray=True,
        ),
        BenchmarkSet(
            "CBSD68",
            ("BSDS500/val", "train/BSDS500/val"),
            68,
            BSDS_SOURCE,
            BSDS_CITATION,
            sizes=LANDSCAPE_OR_PORTRAIT,
            listed=("BSD432_list.txt", False),
            part_of="BSDS500",
            variants=("CBSD68_FFDNet",),
        ),
        BenchmarkSet(
            "CBSD68_FFDNet",
            ("CBSD68", "test/CBSD68"),
            68,
            FFDNET_SOURCE,
            BSDS_CITATION,
            sizes=LANDSCAPE_OR_PORTRAIT,
        ),
        BenchmarkSet(
            "BSD100",
            ("BSDS500/val", "train/BSDS500/val"),
            100,
            BSDS_SOURCE,
            BSDS_CITATION,
            sizes=LANDSCAPE_OR_PORTRAIT,
            part_of="BSDS500",
        ),
        BenchmarkSet(
            "BSDS500",
            ("BSDS500", "train/BSDS500"),
            500,
            BSDS_SOURCE,
            BSDS_CITATION,
            sizes=LANDSCAPE_OR_PORTRAIT,
            training=True,
        ),
        BenchmarkSet(
            "BSD432",
            ("BSDS500", "train/BSDS500"),
            432,
            BSDS_SOURCE,
            BSDS_CITATION,
            sizes=LANDSCAPE_OR_PORTRAIT,
            listed=("BSD432_list.txt", True),
            part_of="BSDS500",
            training=True,
        ),
        BenchmarkSet(
            "BSD400",
            ("BSDS500", "train/BSDS500"),
            400,
            BSDS_SOURCE,
            BSDS_CITATION,
            sizes=LANDSCAPE_OR_PORTRAIT,
            listed=("BSD400_list.txt", True),
            part_of="BSDS500",
            training=True,
        ),
        BenchmarkSet(
            "Train400",
            ("Train400", "train/Train400"),
            400,
            "the training set of https://github.com/cszn/DnCNN",
            "Chen, Pock, Trainable Nonlinear Reaction Diffusion, IEEE TPAMI 2017, of BSDS",
            sizes=((180, 180),),
            gray=True,
            training=True,
        ),
        BenchmarkSet(
            "T91",
            ("T91", "train/T91"),
            91,
            SR_SOURCE,
            "Yang, Wright, Huang, Ma, Image Super-Resolution via Sparse Representation, "
            "IEEE TIP 2010",
            training=True,
        ),
        BenchmarkSet(
            "Set5",
            ("Set5", "test/Set5"),
            5,
            SR_SOURCE,
            "Bevilacqua et al., Low-Complexity Single-Image Super-Resolution, BMVC 2012",
        ),
        BenchmarkSet(
            "Set14",
            ("Set14", "test/Set14"),
            14,
            SR_SOURCE,
            "Zeyde, Elad, Protter, On Single Image Scale-Up Using Sparse-Representations, 2010",
        ),
        BenchmarkSet(
            "Urban100",
            ("Urban100", "test/Urban100"),
            100,
            SR_SOURCE,
            "Huang, Singh, Ahuja, Single Image Super-Resolution from Transformed Self-Exemplars, "
            "CVPR 2015",
        ),
        BenchmarkSet(
            "Classic5",
            ("Classic5", "test/Classic5"),
            5,
            DNCNN_SOURCE,
            "Foi, Katkovnik, Egiazarian, Pointwise Shape-Adaptive DCT, IEEE TIP 2007",
            gray=True,
        ),
        BenchmarkSet(
            "LIVE1",
            ("LIVE1", "test/LIVE1"),
            29,
            "https://live.ece.utexas.edu/research/quality/",
            "Sheikh, Wang, Cormack, Bovik, LIVE Image Quality Assessment Database",
        ),
        BenchmarkSet(
            "Kodak24",
            ("Kodak24", "test/Kodak24"),
            24,
            "https://r0k.us/graphics/kodak/",
            "Eastman Kodak, PhotoCD PCD0992",
            sizes=((512, 768), (768, 512)),
            variants=("Kodak24_FFDNet",),
        ),
        BenchmarkSet(
            "Kodak24_FFDNet",
            ("Kodak24", "test/Kodak24"),
            24,
            FFDNET_SOURCE,
            "Eastman Kodak, PhotoCD PCD0992; crops of Zhang, Zuo, Zhang, FFDNet, IEEE TIP 2018",
            sizes=((500, 500),),
        ),
        BenchmarkSet(
            "McMaster",
            ("McMaster", "test/McMaster"),
            18,
            "https://www4.comp.polyu.edu.hk/~cslzhang/CDM_Dataset.htm",
            "Zhang, Wu, Buades, Li, Color Demosaicking by Local Directional Interpolation, "
            "Journal of Electronic Imaging 2011",
            sizes=((500, 500),),
        ),
        BenchmarkSet(
            "Rain100H",
            ("Rain100H", "test/Rain100H"),
            40,
            "the 40 pairs of Rain100H, https://www.icst.pku.edu.cn/struct/Projects/"
            "joint_rain_removal.html",
            "Yang et al., Deep Joint Rain Detection and Removal, CVPR 2017",
            degraded="rainy",
        ),
    )
}


def benchmark_set(name):
    """Finds a set by its name, in any case.

    Args:
        name: "Set12", "bsd68", ...

    Returns:
        A `BenchmarkSet`.

    Raises:
        ValueError: If there is none of that name; the message suggests the nearest.

    Example:

    >>> benchmark_set("set12").count
    12
    """
    by_lower_case = {known.lower(): benchmark for known, benchmark in SETS.items()}
    if name.lower() in by_lower_case:
        return by_lower_case[name.lower()]
    near = difflib.get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.0)
    raise ValueError(
        f"There is no folder and no benchmark set named {name!r}. Did you mean "
        f"{by_lower_case[near[0]].name!r}? The sets are {', '.join(SETS)}."
    )
