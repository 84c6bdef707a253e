"""The laws of every public degradation."""

import inspect
import json

import degradation_cases
import numpy as np
import pytest
import tensorflow as tf

from keras_restore import degradations

ROWS = [(case, channels) for case in degradation_cases.DEGRADATIONS for channels in case.channels]
each_degradation = pytest.mark.parametrize(
    ("case", "channels"),
    ROWS,
    ids=[f"{case.name}{i}_{channels}" for i, (case, channels) in enumerate(ROWS)],
)
SEED = (3, 7)


def clean_images(channels, size=32, batch=3):
    """Smooth pictures: every degradation must change them, and JPEG must not fail on them."""
    y, x = np.mgrid[:size, :size] / size
    waves = [np.sin((5 + i) * x + (3 + 2 * i) * y) for i in range(batch * channels)]
    images = 0.5 + 0.4 * np.stack(waves, axis=-1).reshape(size, size, batch, channels)
    return np.ascontiguousarray(images.transpose(2, 0, 1, 3).astype(np.float32))


@each_degradation
def test_config_holds_every_constructor_argument(case, channels):
    degradation = case.make()
    config = degradation.get_config()
    arguments = set(inspect.signature(type(degradation).__init__).parameters) - {"self"}
    assert arguments <= set(config)
    restored = type(degradation).from_config(json.loads(json.dumps(config)))
    x = clean_images(channels)
    np.testing.assert_array_equal(degradation(x, SEED), restored(x, SEED))


@each_degradation
def test_seeds(case, channels):
    degradation, x = case.make(), clean_images(channels)
    first = degradation(x, SEED).numpy()
    np.testing.assert_array_equal(first, degradation(x, SEED))
    if case.random:
        assert np.any(first != degradation(x, (3, 8)).numpy())
        same = np.repeat(x[:1], 3, axis=0)
        drawn = degradation(same, SEED).numpy()
        assert np.any(drawn[0] != drawn[1]) or np.any(drawn[0] != drawn[2])


@each_degradation
def test_no_global_generator_is_touched(case, channels):
    degradation, x = case.make(), clean_images(channels)
    tf.random.set_seed(1)
    expected = tf.random.uniform([4]).numpy()
    np.random.seed(1)
    expected_numpy = np.random.uniform(size=4)
    tf.random.set_seed(1)
    np.random.seed(1)
    degradation(x, SEED)
    np.testing.assert_array_equal(tf.random.uniform([4]), expected)
    np.testing.assert_array_equal(np.random.uniform(size=4), expected_numpy)


@each_degradation
def test_eager_graph_and_dataset_agree(case, channels):
    degradation, x = case.make(), clean_images(channels)
    eager = degradation(x, SEED).numpy()
    unknown = tf.TensorSpec((None, None, None, channels), tf.float32)
    graph = tf.function(lambda x: degradation(x, SEED), input_signature=[unknown])
    np.testing.assert_allclose(graph(x), eager, atol=1e-5)
    dataset = tf.data.Dataset.from_tensors(x).map(lambda x: degradation(x, SEED))
    np.testing.assert_allclose(next(iter(dataset)), eager, atol=1e-5)
    assert eager.dtype == np.float32 and np.all(np.isfinite(eager))


@each_degradation
def test_identity_at_zero_strength(case, channels):
    if case.identity is None:
        pytest.skip("has no zero strength")
    x = clean_images(channels)
    np.testing.assert_allclose(case.identity()(x, SEED), x, atol=1e-6)


@each_degradation
def test_compiles_under_xla(case, channels):
    degradation, x = case.make(), clean_images(channels)
    compiled = tf.function(lambda x: degradation(x, SEED), jit_compile=True)(x)
    assert compiled.shape == degradation(x, SEED).shape


@each_degradation
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: (x * 255).astype(np.uint8), "float32"),
        (lambda x: x.astype(np.float64), "float32"),
        (lambda x: x[0], "shape"),
        (lambda x: x * 255, r"\[0, 1\]"),
        (lambda x: np.concatenate([x, x], axis=-1), "shape"),
    ],
)
def test_bad_images(case, channels, make, message):
    with pytest.raises(ValueError, match=message):
        case.make()(make(clean_images(channels)), SEED)


@pytest.mark.parametrize("seed", [3, (1, 2, 3)])
def test_bad_seed(seed):
    with pytest.raises(ValueError, match="`seed` must be a pair of integers"):
        degradations.GaussianNoise(25)(clean_images(1), seed)
