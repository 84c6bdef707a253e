"""The module that leans on Keras' private graph API: what it relies on."""

import keras
import pytest

from keras_restore.graph import check_one_image, layers_of, nodes_of, run_through


def tower():
    inner = keras.Sequential([keras.Input((None, None, 2)), keras.layers.ReLU(name="inner_relu")])
    inner.name = "inner"
    image = keras.Input((None, None, 2), name="image")
    x = keras.layers.Conv2D(2, 3, name="conv")(image)
    y = keras.layers.Add(name="sum")([inner(x), x])
    return keras.Model(image, {"restored": y, "features": x})


def test_values_run_through_layers_nested_models_and_structures():
    def evaluate(operation, value, **arguments):
        if isinstance(operation, keras.Model):
            return run_through(operation, [value], evaluate)
        name = operation.name
        return f"{name}({'+'.join(value) if isinstance(value, list) else value})"

    found = run_through(tower(), ["image"], evaluate)
    assert found["features"] == "conv(image)"
    assert found["restored"] == "sum(inner_relu(conv(image))+conv(image))"


def test_nodes_come_after_what_they_depend_on():
    model = tower()
    made = set()
    for node in nodes_of(model):
        assert made >= {id(tensor) for tensor in node.input_tensors}
        made |= {id(tensor) for tensor in node.outputs}
    assert [node.operation.name for node in nodes_of(model)] == ["image", "conv", "inner", "sum"]


def test_layers_of_nested_models_and_layers():
    assert {"conv", "inner_relu", "sum"} <= {layer.name for layer in layers_of(tower())}


def test_what_takes_no_single_image_is_refused():
    pair = [keras.Input((None, None, 1), name=name) for name in ("a", "b")]
    for inputs in (pair, keras.Input((8,))):
        outputs = keras.layers.Add()(inputs) if isinstance(inputs, list) else inputs
        with pytest.raises(ValueError, match="one input of shape"):
            check_one_image(keras.Model(inputs, keras.layers.ReLU()(outputs)))
    with pytest.raises(ValueError, match="functional"):
        check_one_image("a name")
