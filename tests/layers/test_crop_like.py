"""What `CropLike` refuses; what it does is in tests/conformance."""

import numpy as np
import pytest

from keras_restore.layers import CropLike

IMAGE = np.zeros((2, 8, 8, 3), np.float32)


@pytest.mark.parametrize("inputs", [IMAGE, [IMAGE], [IMAGE] * 3], ids=["none", "one", "three"])
def test_a_pair_is_needed(inputs):
    with pytest.raises(ValueError, match="must be the pair"):
        CropLike()(inputs)
