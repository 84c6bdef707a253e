"""The lowered graph is the model's function, borders and odd sizes included."""

import cases
import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from conformance_inputs import model_input
from random_weights import randomize

from keras_restore import export, models
from keras_restore.export import flatbuffer
from keras_restore.export.lowering import lower_for_integers
from keras_restore.layers import CropLike, Frozen, PadToMultiple, PixelShuffle, XUnit

TOLERANCE = 1e-5


def written(model, folder, **arguments):
    path = folder / "model.tflite"
    export.tflite(model, path, **arguments)
    return path


def chain(*layers, channels=3):
    """A model of the layers in a row, its output an image of `channels`."""
    image = x = keras.Input((None, None, channels))
    for layer in layers:
        x = layer(x)
    return keras.Model(image, x)


# The code of red20 and red30 is that of red_net and red10.
MODELS = [case for case in cases.MODELS if case.name not in ("red20", "red30")]


@pytest.mark.parametrize("case", MODELS, ids=lambda case: case.name)
def test_every_model_converts_and_agrees(case, tmp_path):
    model = randomize(case.make())
    path = written(model, tmp_path)
    # Random weights give outputs that are larger than pixels, with float32's rounding.
    outputs = keras.tree.flatten(model(model_input(case, 24, 24, batch=1)))
    largest = max(float(np.abs(output).max()) for output in outputs)
    tolerance = TOLERANCE * max(1.0, largest)
    assert export.verify(model, path, [(24, 24), (13, 18), (9, 32)]) < tolerance


@pytest.mark.parametrize("kernel_size", [7, 9])
@pytest.mark.parametrize("gate", ["gaussian", "sigmoid", "linear"])
def test_large_gates_are_split_into_filters_of_25_taps(kernel_size, gate, tmp_path):
    model = randomize(chain(keras.layers.Conv2D(4, 3, padding="same"), XUnit(kernel_size, gate)))
    path = written(model, tmp_path)
    assert export.verify(model, path, [(12, 12), (1, 5), (3, 2)]) < TOLERANCE
    file = flatbuffer.read(path.read_bytes())
    graph = file.subgraphs[0]
    filters = [
        graph.tensors[operator.inputs[1]].shape
        for operator in graph.operators
        if flatbuffer.operator_name(file, operator) == "DEPTHWISE_CONV_2D"
    ]
    assert len(filters) == 4
    assert sum(shape[1] * shape[2] for shape in filters) == kernel_size**2
    assert max(shape[1] * shape[2] for shape in filters) <= 25


@pytest.mark.parametrize("kernel_size, strides", [(3, 1), (4, 1), (2, 2), (3, 2), (4, 2), (5, 3)])
def test_transposed_convolutions(kernel_size, strides, tmp_path):
    layer = keras.layers.Conv2DTranspose(2, kernel_size, strides, padding="same", activation="relu")
    model = randomize(chain(layer))
    path = written(model, tmp_path)
    assert export.verify(model, path, [(8, 8), (5, 3)]) < TOLERANCE
    assert "TRANSPOSE_CONV" not in flatbuffer.count_operators(path.read_bytes())


def test_a_norm_before_a_padded_convolution_is_exact_at_the_border(tmp_path):
    model = randomize(
        chain(keras.layers.BatchNormalization(), keras.layers.Conv2D(4, 5, padding="same"))
    )
    path = written(model, tmp_path)
    assert export.verify(model, path, [(6, 6)]) < TOLERANCE
    assert flatbuffer.count_operators(path.read_bytes()) == {"ADD": 1, "CONV_2D": 1}


def test_a_norm_with_a_zero_scale_is_not_divided_by(tmp_path):
    norm = keras.layers.BatchNormalization()
    model = randomize(chain(norm, keras.layers.Conv2D(4, 3, padding="same")))
    norm.gamma.assign([0.0, 1.0, -2.0])
    assert export.verify(model, written(model, tmp_path), [(6, 6)]) < TOLERANCE


def test_norms_around_unpadded_convolutions_vanish(tmp_path):
    model = randomize(
        chain(
            keras.layers.BatchNormalization(),
            keras.layers.Conv2D(4, 1),
            keras.layers.BatchNormalization(),
            keras.layers.DepthwiseConv2D(3),
            keras.layers.BatchNormalization(),
        )
    )
    path = written(model, tmp_path)
    assert export.verify(model, path, [(6, 6)]) < TOLERANCE
    assert flatbuffer.count_operators(path.read_bytes()) == {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1}


def test_other_layers_of_ours_and_of_keras(tmp_path):
    image = keras.Input((None, None, 4))
    x = PadToMultiple(4)(image)
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="tanh")(x)
    x = keras.layers.PReLU(shared_axes=[1, 2])(x)
    x = keras.layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = keras.layers.Concatenate()([x, keras.layers.MaxPooling2D(3, 1, "same")(x)])
    x = CropLike()([PixelShuffle(2)(x), image])
    x = Frozen(keras.Sequential([keras.Input((None, None, 4)), keras.layers.Conv2D(4, 1)]))(x)
    x = keras.ops.relu(x) + 0.5 * keras.layers.LeakyReLU()(x)
    model = randomize(keras.Model(image, x))
    graph = export.lower(model)
    file = flatbuffer_of(graph)
    pixels = np.random.default_rng(0).random((1, 9, 14, 4), np.float32)
    expected = keras.ops.convert_to_numpy(model(pixels))
    np.testing.assert_allclose(run(file, pixels), expected, atol=TOLERANCE)


def flatbuffer_of(graph):
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_concrete_functions([graph.function()]).convert()


def run(content, image):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(entry, image.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry, image)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: models.xdncnn(3, depth=3, filters=4, kernel_size=9),
        lambda: models.xnet(1, depth=4, filters=4),
    ],
)
def test_the_form_for_integers_is_the_same_function(make):
    model = randomize(make())
    pixels = np.random.default_rng(0).random((1, 20, 24, model.input_shape[-1]), np.float32)
    graph = lower_for_integers(model, [pixels])
    expected = keras.ops.convert_to_numpy(model(pixels))
    np.testing.assert_allclose(run(flatbuffer_of(graph), pixels), expected, atol=TOLERANCE)


def test_equalized_channels_have_one_range():
    model = randomize(models.xdncnn(1, depth=4, filters=8, kernel_size=5))
    for i in (1, 2, 3):
        kernel = model.get_layer(f"conv{i}").kernel
        kernel.assign(kernel * np.logspace(-1, 1, 8))
    pixels = np.random.default_rng(0).random((1, 32, 32, 1), np.float32)
    content = flatbuffer_of(lower_for_integers(model, [pixels]))
    file = flatbuffer.read(content)
    outputs = [
        int(operator.outputs[0])
        for operator in file.subgraphs[0].operators
        if flatbuffer.operator_name(file, operator) == "CONV_2D"
    ]
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, experimental_preserve_all_tensors=True)
    interpreter.resize_tensor_input(0, pixels.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels)
    interpreter.invoke()
    for number in outputs[:-1]:
        peaks = np.abs(interpreter.get_tensor(number)).max(axis=(0, 1, 2))
        np.testing.assert_allclose(peaks, 1, rtol=1e-3)


def test_an_unknown_layer_is_refused_by_name(tmp_path):
    class Sharpen(keras.layers.Layer):
        def call(self, inputs):
            return tf.abs(inputs)

    model = chain(Sharpen(name="sharpen7"), channels=1)
    with pytest.raises(ValueError, match="'sharpen7' of the class .*Sharpen"):
        export.lower(model)


def test_a_model_in_mixed_precision_is_written_in_float32(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = models.xdncnn(1, depth=3, filters=4, kernel_size=3)
    finally:
        keras.config.set_dtype_policy("float32")
    randomize(model)
    path = written(model, tmp_path)
    twin = models.xdncnn(1, depth=3, filters=4, kernel_size=3)
    twin.set_weights(model.get_weights())
    assert export.verify(twin, path) < TOLERANCE
    graph = flatbuffer.read(path.read_bytes()).subgraphs[0]
    assert {tensor.type for tensor in graph.tensors} <= {
        schema.TensorType.FLOAT32,
        schema.TensorType.INT32,
    }
