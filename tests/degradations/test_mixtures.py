import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_restore.degradations import (
    BicubicDownsample,
    BicubicDownUp,
    Degradation,
    GaussianBlur,
    GaussianNoise,
    Jpeg,
    MotionBlur,
    OneOf,
    Resize,
    SaltAndPepper,
    Sequence,
    Shuffle,
)

CLEAN = tf.random.stateless_uniform((60, 12, 13, 3), (0, 0))
ONLY_SALT = SaltAndPepper(1)


def test_sequence_is_the_composition():
    chain = Sequence([GaussianBlur((1, 2)), BicubicDownsample(2), GaussianNoise(20), Jpeg(40)])
    parameters = chain.sample((60, 12, 13, 3), tf.constant([1, 2]))
    expected = CLEAN
    for i, step in enumerate(chain.degradations):
        expected = step.apply(expected, parameters[str(i)])
    found = chain(CLEAN, (1, 2))
    assert found.shape == (60, 6, 7, 3)
    assert [int(n) for n in chain.output_shape((60, 12, 13, 3))] == [60, 6, 7, 3]
    np.testing.assert_array_equal(found, expected)


def test_the_steps_of_a_sequence_draw_by_themselves():
    twice = Sequence([GaussianNoise(20), GaussianNoise(20)])
    noise = (twice(CLEAN, (1, 2)) - CLEAN).numpy()
    np.testing.assert_allclose(noise.std() * 255, 20 * np.sqrt(2), rtol=0.05)


def test_shuffle_is_the_composition_in_the_drawn_order():
    shuffled = Shuffle([GaussianBlur((1, 2)), SaltAndPepper((0.1, 0.3)), Jpeg((20, 60))])
    parameters = shuffled.sample((60, 12, 13, 3), tf.constant([3, 4]))
    orders = parameters["order"].numpy()
    assert len({tuple(order) for order in orders}) == 6
    found = shuffled(CLEAN, (3, 4))
    for order in {tuple(order) for order in orders}:
        expected = CLEAN
        for i in order:
            expected = shuffled.degradations[i].apply(expected, parameters[str(i)])
        mine = (orders == order).all(axis=1)
        np.testing.assert_allclose(found[mine], expected[mine], atol=1e-6)


def test_a_second_order_chain():
    """Blur, size, noise and JPEG, twice, in any order: all draws differ from image to image."""
    once = Shuffle([GaussianBlur((0.2, 2)), Resize((0.5, 1.5)), GaussianNoise((1, 30))])
    chain = Sequence([once, Jpeg((30, 95)), once, Jpeg((60, 95))])
    restored = Sequence.from_config(json.loads(json.dumps(chain.get_config())))
    same = tf.repeat(CLEAN[:1], 6, axis=0)
    found = restored(same, (1, 2)).numpy()
    np.testing.assert_array_equal(found, chain(same, (1, 2)))
    assert len({image.tobytes() for image in found}) == 6


def test_one_of_gives_each_image_one_of_them():
    mixture = OneOf([GaussianNoise((0, 55)), BicubicDownUp((2, 4)), Jpeg((5, 99))])
    parameters = mixture.sample((60, 12, 13, 3), tf.constant([3, 4]))
    index = parameters["index"].numpy()
    assert set(index) == {0, 1, 2}
    found = mixture(CLEAN, (3, 4)).numpy()
    for i, step in enumerate(mixture.degradations):
        expected = step.apply(CLEAN, parameters[str(i)]).numpy()
        np.testing.assert_array_equal(found[index == i], expected[index == i])


def test_weights():
    mixture = OneOf([GaussianNoise(1), ONLY_SALT, GaussianNoise(2)], weights=[1, 0, 3])
    index = mixture.sample((4000, 1, 1, 1), tf.constant([3, 4]))["index"].numpy()
    counts = np.bincount(index, minlength=3)
    assert counts[1] == 0
    assert abs(counts[0] - 1000) < 5 * np.sqrt(4000 / 4 * 3 / 4)


def test_nested_config():
    chain = Sequence([OneOf([Jpeg((5, 9)), GaussianNoise(3)], [1, 2]), MotionBlur(5, 30)])
    again = Sequence.from_config(json.loads(json.dumps(chain.get_config())))
    assert json.dumps(again.get_config()) == json.dumps(chain.get_config())
    np.testing.assert_array_equal(again(CLEAN, (5, 6)), chain(CLEAN, (5, 6)))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Sequence([]), "`degradations`"),
        (lambda: Sequence([lambda x, seed: x]), "`degradations`"),
        (lambda: OneOf([ONLY_SALT], [0]), "`weights`"),
        (lambda: OneOf([ONLY_SALT], [1, 1]), "`weights`"),
        (lambda: OneOf([ONLY_SALT, ONLY_SALT], [1, -1]), "`weights`"),
    ],
)
def test_bad_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


class Fade(Degradation):
    """One that is not of the package."""

    def __init__(self, share=(0.1, 0.5)):
        self.share = share

    def sample(self, shape, seed):
        return {"share": tf.random.stateless_uniform([shape[0]], seed, *self.share)}

    def apply(self, clean, parameters):
        return clean * (1 - parameters["share"][:, None, None, None])

    def get_config(self):
        return {"share": self.share}


@pytest.mark.parametrize("mixture", [Sequence, OneOf])
def test_a_degradation_from_outside_the_package_is_serialized(mixture):
    written = keras.saving.serialize_keras_object(
        mixture([Fade((0.2, 0.3)), GaussianNoise((1, 9))])
    )
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(written)))
    assert isinstance(again.degradations[0], Fade)
    np.testing.assert_array_equal(
        again(CLEAN, (5, 6)), mixture([Fade((0.2, 0.3)), GaussianNoise((1, 9))])(CLEAN, (5, 6))
    )
