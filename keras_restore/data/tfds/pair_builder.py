"""Sets of degraded and clean images as TensorFlow datasets."""

import tensorflow_datasets as tfds

from keras_restore.data.benchmark_sets import SETS
from keras_restore.data.image_files import read_image
from keras_restore.data.tfds.image_builder import instructions


class PairBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Builds a `BenchmarkSet` of pairs, after checking count, sizes and contents.

    Features: "degraded" and "clean", uint8 `(height, width, 3)`, and "name".

    Raises:
        FileNotFoundError: If the set is not in the manual directory.
        ValueError: If the files are not those of the set, or a pair has two sizes.

    Example:

    >>> import keras_restore.data.tfds
    >>> dataset = tfds.load("rain100", split="test")
    """

    VERSION = tfds.core.Version("1.0.0")
    BENCHMARK = None

    def _info(self):
        image = tfds.features.Image(shape=(None, None, 3), encoding_format="png")
        return tfds.core.DatasetInfo(
            builder=self,
            description=f"The {self.BENCHMARK.count} pairs of {self.BENCHMARK.name}.",
            citation=self.BENCHMARK.citation,
            features=tfds.features.FeaturesDict(
                {"degraded": image, "clean": image, "name": tfds.features.Text()}
            ),
            supervised_keys=("degraded", "clean"),
        )

    def _split_generators(self, dl_manager):
        pairs = self.BENCHMARK.files(dl_manager.manual_dir)
        return {"test": self._generate_examples(pairs)}

    def _generate_examples(self, pairs):
        for clean_path, degraded_path in pairs:
            clean, degraded = read_image(clean_path, 3), read_image(degraded_path, 3)
            if clean.shape != degraded.shape:
                raise ValueError(
                    f"The images of a pair must be of one size. Received: {clean_path.name}, "
                    f"clean {clean.shape}, degraded {degraded.shape}"
                )
            name = clean_path.name
            yield name, {"degraded": degraded, "clean": clean, "name": name}


class Rain100(PairBuilder):
    """The pairs of Rain100H that come with the project's data; see `PairBuilder`."""

    BENCHMARK = SETS["Rain100H"]
    MANUAL_DOWNLOAD_INSTRUCTIONS = instructions(SETS["Rain100H"])
