"""Rules of layers from outside."""

import keras
import pytest

from keras_restore.graph import receptive_field, register_rule, see


class Blend(keras.layers.Layer):
    """Adds to a picture what a filter inside makes of it."""

    def __init__(self, size, stride=1, **kwargs):
        super().__init__(**kwargs)
        self.inner = keras.layers.Conv2D(1, size, stride, padding="same")

    def call(self, x):
        return x + self.inner(x)


class Flip(keras.layers.Layer):
    def call(self, x):
        return keras.ops.flip(x, 1)


class Ruled(Blend):
    pass


class WideRuled(Ruled):
    pass


def model_of(*layers):
    image = x = keras.Input((None, None, 1))
    for layer in layers:
        x = layer(x)
    return keras.Model(image, x)


def test_what_a_layer_is_made_of_says_what_it_does():
    model = model_of(Blend(5), keras.layers.Conv2D(1, 3, padding="same"))
    assert receptive_field(model).halo == 3
    with pytest.raises(ValueError, match="'halving'.*different scales"):
        receptive_field(model_of(Blend(3, stride=2, name="halving")))
    with pytest.raises(ValueError, match="'flipped' .*'flip' .*cannot be derived"):
        receptive_field(model_of(Flip(name="flipped")))


def test_a_rule_from_outside_and_what_the_layers_inside_do():
    register_rule(Ruled, lambda layer, plane: plane.merge(see(layer.inner, plane.shift(1))))
    assert receptive_field(model_of(Ruled(5))).halo == 3
    assert receptive_field(model_of(WideRuled(7))).halo == 4
    with pytest.raises(ValueError, match="'halving'.*different scales"):
        receptive_field(model_of(Ruled(3, stride=2, name="halving")))


def test_a_problem_beside_the_way_to_the_picture_is_none():
    image = keras.Input((None, None, 1))
    restored = keras.layers.Conv2D(1, 3, padding="same", name="restored")(image)
    model = keras.Model(image, {"restored": restored, "flipped": Flip(name="flipped")(image)})
    assert receptive_field(model).halo == 1


def test_rules_are_for_classes_of_layers():
    with pytest.raises(ValueError, match="`layer_class` must be"):
        register_rule(Blend(3), lambda layer, plane: plane)
