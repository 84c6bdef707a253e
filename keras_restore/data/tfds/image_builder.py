"""Sets of clean images as TensorFlow datasets."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_restore.data.benchmark_sets import SETS
from keras_restore.data.image_files import read_image

INSTRUCTIONS = (
    "Put the images into the folder of the set below the manual directory: `<manual_dir>/{folder}`"
    ", {count} images. Source: {source}."
)


class ImageBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Builds one `BenchmarkSet`, after checking count, sizes and contents of its files.

    Features: "image" uint8 `(height, width, 1 or 3)`; "name" of the file; "gray", whether the
    file has one channel (the papers take the luma of colour files only). The split is "train"
    or "test".

    Raises:
        FileNotFoundError: If the set is not in the manual directory.
        ValueError: If the files are not those of the set.

    Example:

    >>> import keras_restore.data.tfds
    >>> dataset = tfds.load("set12", split="test")
    """

    VERSION = tfds.core.Version("1.0.0")
    BENCHMARK = None

    @property
    def benchmark(self):
        """The `BenchmarkSet` to build."""
        return self.BENCHMARK

    def _info(self):
        benchmark = self.benchmark
        return tfds.core.DatasetInfo(
            builder=self,
            description=f"The {benchmark.count} images of {benchmark.name}.",
            citation=benchmark.citation,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=(None, None, 1 if benchmark.gray else 3), encoding_format="png"
                    ),
                    "name": tfds.features.Text(),
                    "gray": np.bool_,
                }
            ),
            supervised_keys=None,
        )

    def _split_generators(self, dl_manager):
        files = self.benchmark.files(dl_manager.manual_dir)
        return {"train" if self.benchmark.training else "test": self._generate_examples(files)}

    def _generate_examples(self, files):
        for path in files:
            pixels = read_image(path)
            gray = pixels.shape[2] == 1
            if not gray or not self.benchmark.gray:
                pixels = read_image(path, 1 if self.benchmark.gray else 3)
            yield path.name, {"image": pixels, "name": path.name, "gray": gray}


def instructions(benchmark):
    """The text that TFDS shows where the manual directory is missing."""
    return INSTRUCTIONS.format(
        folder=benchmark.folders[0], count=benchmark.count, source=benchmark.source
    )


def _builder_of(benchmark):
    content = {
        "__doc__": f"The {benchmark.count} images of {benchmark.name}; see `ImageBuilder`.",
        "__module__": __name__,
        "name": benchmark.name.lower(),
        "BENCHMARK": benchmark,
        "MANUAL_DOWNLOAD_INSTRUCTIONS": instructions(benchmark),
    }
    return type(ImageBuilder)(benchmark.name, (ImageBuilder,), content)


# BSDS500 and its parts are the configurations of one builder; sets of pairs have another.
BUILDERS = {
    benchmark.name.lower(): _builder_of(benchmark)
    for benchmark in SETS.values()
    if not benchmark.degraded and benchmark.name not in ("BSDS500", "BSD432", "BSD400", "Train400")
}


@dataclasses.dataclass(eq=False)
class BsdsConfig(tfds.core.BuilderConfig):
    """A part of BSDS500, by the name of its `BenchmarkSet`."""

    part: str = ""


class Bsds500(ImageBuilder):
    """The Berkeley segmentation images: all 500, or a part that papers train on.

    Configurations: "gray400" (Train400: 180 x 180, gray, of DnCNN), "color432" (all but
    CBSD68), "color400" (all but BSD100), "all". See `ImageBuilder`.

    Example:

    >>> dataset = tfds.load("bsds500/color432", split="train")
    """

    BUILDER_CONFIGS = [
        BsdsConfig(name="all", description="All 500 images.", part="BSDS500"),
        BsdsConfig(name="color432", description="All but those of CBSD68.", part="BSD432"),
        BsdsConfig(name="color400", description="All but those of BSD100.", part="BSD400"),
        BsdsConfig(name="gray400", description="Train400, 180 x 180, gray.", part="Train400"),
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        f"{instructions(SETS['BSDS500'])} The parts color432 and color400 need the lists "
        "BSD432_list.txt and BSD400_list.txt in the same folder. "
        f"For gray400: {instructions(SETS['Train400'])}"
    )

    @property
    def benchmark(self):
        """The `BenchmarkSet` of the configuration."""
        return SETS[self.builder_config.part]
