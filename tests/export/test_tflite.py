"""The formats of LiteRT files and their refusals."""

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from PIL import Image
from random_weights import randomize

from keras_restore import export, layers, models
from keras_restore.export import flatbuffer
from keras_restore.export.calibration import _fit
from keras_restore.inference.litert_predictor import LiteRTPredictor

INTEGERS = {"int8": np.int8, "int16x8": np.int16}


@pytest.fixture(scope="module")
def model():
    return randomize(models.xdncnn(1, depth=3, filters=4, kernel_size=7))


@pytest.fixture(scope="module")
def calibration():
    return np.random.default_rng(1).random((4, 24, 24, 1), np.float32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.tflite"


def run_pixels(path, pixels):
    return np.rint(255 * LiteRTPredictor(path)(pixels / np.float32(255))).astype(np.uint8)


def psnr(path, model, images):
    """Of the file against the model, in dB of a peak of 1."""
    predictor = LiteRTPredictor(path)
    errors = [
        np.square(predictor(image[None]) - np.asarray(model(image[None]))) for image in images
    ]
    return -10 * np.log10(np.mean(errors))


@pytest.mark.parametrize(
    "quantize, least", [("float16", 55), ("dynamic", 30), ("int8", 30), ("int16x8", 35)]
)
def test_formats_are_near_the_model(model, calibration, path, quantize, least):
    export.tflite(model, path, quantize, calibration=calibration)
    images = np.random.default_rng(2).random((2, 24, 24, 1), np.float32)
    assert psnr(path, model, images) > least
    assert not list(path.parent.glob("*.partial"))


@pytest.mark.parametrize("quantize", ["int8", "int16x8"])
def test_gates_of_wide_range_keep_their_precision(calibration, path, quantize):
    """Where the argument of a Gaussian gate reaches hundreds, as in trained xSRCNNs."""
    model = randomize(models.xnet(depth=2, filters=4, kernel_size=3))
    norm = next(layer for layer in model.layers if isinstance(layer, layers.XUnit)).gate_norm
    norm.gamma.assign(norm.gamma * 200)
    norm.beta.assign(norm.beta * 0)
    export.tflite(model, path, quantize, calibration=calibration)
    images = np.random.default_rng(2).random((2, 24, 24, 1), np.float32)
    assert psnr(path, model, images) > {"int8": 60, "int16x8": 72}[quantize]


@pytest.mark.parametrize("quantize", [None, "int8"])
def test_a_file_of_fixed_size(model, calibration, path, quantize):
    export.tflite(model, path, quantize, size=(20, 12), calibration=calibration)
    predictor = LiteRTPredictor(path)
    assert predictor.size == (20, 12)
    image = np.zeros((1, 20, 12, 1), np.float32)
    assert predictor(image).shape == (1, 20, 12, 1)


def test_weights_are_stored_as_the_format_says(path):
    from ai_edge_litert.interpreter import Interpreter

    model = randomize(models.xdncnn(1, depth=3, filters=16, kernel_size=3))
    sizes = {}
    for quantize, expected in ((None, "float32"), ("float16", "float16"), ("dynamic", "int8")):
        export.tflite(model, path, quantize)
        kinds = {
            details["dtype"].__name__
            for details in Interpreter(str(path)).get_tensor_details()
            if np.prod(details["shape"]) == 3 * 3 * 16 * 16
        }
        assert expected in kinds, quantize
        sizes[quantize] = path.stat().st_size
        path.unlink()
    assert sizes["dynamic"] < sizes["float16"] < sizes[None]


@pytest.mark.parametrize(
    "build",
    [
        lambda: models.denoising_unet(filters=4),
        lambda: models.red_net(1, depth=4, filters=4, downsample_at=(1,)),
    ],
)
def test_a_file_of_fixed_size_of_a_network_with_strides(build, path):
    """The size is no multiple of the strides: the network's own padding is in the file."""
    model = randomize(build())
    channels = model.input_shape[-1]
    export.tflite(model, path, size=(21, 13))
    image = np.random.default_rng(2).random((1, 21, 13, channels), np.float32)
    expected = np.asarray(model(image))
    np.testing.assert_allclose(LiteRTPredictor(path)(image), expected, atol=1e-4)


@pytest.mark.parametrize("quantize", ["int8", "int16x8"])
def test_integer_files_compute_in_integers_up_to_the_residual(model, calibration, path, quantize):
    export.tflite(model, path, quantize, calibration=calibration)
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    details = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    operations = [
        operation
        for operation in interpreter._get_ops_details()
        if operation["op_name"] != "DELEGATE"
    ]
    inside = [op for op in operations if op["op_name"] not in ("QUANTIZE", "DEQUANTIZE", "SUB")]
    assert {"CONV_2D", "DEPTHWISE_CONV_2D", "EXP", "MUL"} <= {op["op_name"] for op in inside}
    for operation in inside:
        for number in (*operation["inputs"], *operation["outputs"]):
            assert not np.issubdtype(details[number]["dtype"], np.floating), operation
        assert details[operation["outputs"][0]]["dtype"] == INTEGERS[quantize]
    # A QUANTIZE of integers only changes their step.
    steps = [
        operation["op_name"]
        for operation in operations
        if operation["op_name"] != "QUANTIZE"
        or np.issubdtype(details[operation["inputs"][0]]["dtype"], np.floating)
    ]
    assert steps.count("QUANTIZE") == steps.count("DEQUANTIZE") == steps.count("SUB") == 1


def test_the_difference_of_image_and_residual_is_not_rounded(calibration, path):
    """An int8 file of a network whose residual is zero returns the image, bit for bit."""
    model = models.dncnn(1, depth=3, filters=4)
    model.get_layer("conv3").kernel.assign(0 * model.get_layer("conv3").kernel)
    export.tflite(model, path, "int8", calibration=calibration)
    np.testing.assert_array_equal(LiteRTPredictor(path)(calibration[:1]), calibration[:1])


@pytest.mark.parametrize("quantize", [None, "float16", "int8", "int16x8"])
def test_8_bit_images_in_and_out(model, calibration, path, quantize):
    export.tflite(model, path, quantize, calibration=calibration, uint8=True)
    pixels = np.random.default_rng(3).integers(0, 256, (1, 16, 20, 1), np.uint8)
    predictor = LiteRTPredictor(path)
    assert predictor.dtype == np.uint8
    restored = 255 * predictor(pixels / np.float32(255))
    np.testing.assert_allclose(restored, np.rint(restored), atol=1e-4)
    expected = np.clip(np.asarray(model(pixels / np.float32(255))), 0, 1) * 255
    error = np.abs(restored - expected)
    if quantize in (None, "float16"):
        assert error.max() < 0.5 + 255 * 2e-3
    assert error.mean() < 8


def test_an_8_bit_file_returns_all_gray_levels_of_a_clean_image(calibration, path):
    model = models.dncnn(1, depth=3, filters=4)
    model.get_layer("conv3").kernel.assign(0 * model.get_layer("conv3").kernel)
    export.tflite(model, path, "int8", calibration=calibration, uint8=True)
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    np.testing.assert_array_equal(run_pixels(path, pixels), pixels)


def test_a_network_without_residual_quantizes(path):
    model = randomize(models.xsrcnn_f(filters=(4, 4)))
    calibration = np.random.default_rng(1).random((2, 24, 24, 1), np.float32)
    export.tflite(model, path, "int8", calibration=calibration, uint8=True)
    assert LiteRTPredictor(path).dtype == np.uint8


def test_calibration_images_are_cut_in_the_middle_and_mirrored_at_the_end():
    image = np.random.default_rng(0).random((30, 20, 1), np.float32)
    np.testing.assert_array_equal(_fit(image, (10, 8))[0], image[10:20, 6:14])
    np.testing.assert_array_equal(
        _fit(image, (10, 22))[0], np.pad(image[10:20], ((0, 0), (0, 2), (0, 0)), "symmetric")
    )
    np.testing.assert_array_equal(_fit(image, None)[0], image)


def test_calibration_from_a_folder(model, tmp_path, path):
    generator = np.random.default_rng(0)
    folder = tmp_path / "noisy"
    folder.mkdir()
    with pytest.raises(ValueError, match="at least one image.*noisy"):
        export.tflite(model, path, "int8", calibration=folder)
    for i in range(2):
        pixels = generator.integers(0, 256, (20, 30), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    export.tflite(model, path, "int8", calibration=folder)
    assert path.is_file()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(folder / "2.png")
    with pytest.raises(ValueError, match=r"images of 1 channels.*2\.png of 3"):
        export.tflite(model, path, "int8", calibration=folder)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"quantize": "int4"}, "`quantize` must be one of .* Received: quantize='int4'"),
        ({"size": (0, 8)}, r"`size` must be .* Received: size=\(0, 8\)"),
        ({"quantize": "int8"}, "`calibration` must be given for quantize='int8'"),
        ({"quantize": "int8", "calibration": []}, "`calibration` must hold at least one image"),
        (
            {"quantize": "int8", "calibration": np.zeros((1, 8, 8, 3))},
            r"batches \(batch, height, width, 1\). Received: shape=\(1, 8, 8, 3\)",
        ),
        ({"quantize": "int8", "calibration": "/nowhere"}, "no folder"),
    ],
)
def test_bad_arguments(model, path, arguments, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        export.tflite(model, path, **arguments)
    assert not path.exists()


def test_float_operations_in_an_integer_file_are_named(model, path):
    export.tflite(model, path)
    with pytest.raises(ValueError, match="as int8: its operations .*CONV_2D.*EXP"):
        flatbuffer.refuse_float(path.read_bytes(), "int8")


def test_operations_that_litert_lacks_are_named(model, path):
    export.tflite(model, path)
    file = flatbuffer.read(path.read_bytes())
    file.operatorCodes[0].builtinCode = schema.BuiltinOperator.CUSTOM
    file.operatorCodes[0].customCode = b"FlexErfinv"
    with pytest.raises(ValueError, match="FlexErfinv"):
        flatbuffer.refuse_custom(flatbuffer.write(file))


def test_an_operation_without_builtin_form_is_named(path):
    image = keras.Input((None, None, 1))
    model = keras.Model(image, keras.ops.erfinv(image))
    with pytest.raises(ValueError, match="(?i)erfinv"):
        export.tflite(model, path)
    assert not path.exists()


def test_a_format_that_a_network_lacks_is_refused_with_the_operation(path):
    image = keras.Input((None, None, 1))
    features = keras.layers.Conv2D(4, 3, padding="same")(image)
    model = keras.Model(image, keras.layers.PReLU(shared_axes=[1, 2])(features))
    model.layers[-1].alpha.assign(model.layers[-1].alpha + [0.1, 0.2, 0.3, 0.4])
    calibration = np.random.default_rng(1).random((1, 16, 16, 1), np.float32)
    with pytest.raises(ValueError, match="as int16x8: its operations NEG"):
        export.tflite(model, path, "int16x8", calibration=calibration)
    assert not path.exists()


@pytest.mark.parametrize("size", [None, (16, 20)])
@pytest.mark.parametrize("quantize", ["int8", "int16x8"])
def test_pixel_shuffles_and_leaky_relus_in_integers(quantize, size, path):
    """Pixels come where NumPy puts them; the slope is kept."""
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    features = keras.layers.Conv2D(8, 3, padding="same")(image)
    features = keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.3), shared_axes=[1, 2, 3]
    )(features)
    model = keras.Model(image, layers.PixelShuffle(2)(features))
    calibration = np.random.default_rng(1).random((2, 16, 20, 3), np.float32)
    export.tflite(model, path, quantize, size, calibration)
    features = np.asarray(keras.Model(image, features)(calibration[:1]))
    blocks = features.reshape(1, 16, 20, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5)
    expected = blocks.reshape(1, 32, 40, 2)
    error = np.abs(LiteRTPredictor(path)(calibration[:1]) - expected).max()
    assert error < (0.05 if quantize == "int8" else 0.01) * np.abs(expected).max()
    if quantize == "int8":
        counts = flatbuffer.count_operators(path.read_bytes())
        operators = ["CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE", "LEAKY_RELU", "QUANTIZE"]
        assert list(counts.items()) == [(name, 1) for name in operators]


def test_sums_of_16_bit_convolutions_are_narrow_where_they_cannot_overflow(path, calibration):
    """Those with sum |w| 2^15 + |bias| below 2^31 have biases of 32 bits, others of 64."""
    image = keras.Input((None, None, 1))
    x = keras.layers.Conv2D(64, 3, padding="same", name="few_taps")(image)
    model = keras.Model(image, keras.layers.Conv2D(1, 5, padding="same", name="many_taps")(x))
    kernel = model.get_layer("many_taps").kernel
    # Of either sign, so that their sum is small and that of their sizes is not.
    signs = np.random.default_rng(0).permutation(np.resize([1, -1], np.prod(kernel.shape)))
    kernel.assign(signs.reshape(kernel.shape))
    export.tflite(model, path, "int16x8", calibration=calibration)
    file = flatbuffer.read(path.read_bytes())
    graph = file.subgraphs[0]
    types = [
        graph.tensors[operator.inputs[2]].type
        for operator in graph.operators
        if flatbuffer.operator_name(file, operator) == "CONV_2D"
    ]
    assert types == [schema.TensorType.INT32, schema.TensorType.INT64]
    expected = np.asarray(model(calibration[:1]))
    restored = LiteRTPredictor(path)(calibration[:1])
    assert np.abs(restored - expected).max() < 0.02 * np.abs(expected).max()


def test_the_memory_of_a_file_is_that_of_its_feature_maps(tmp_path):
    model = models.dncnn(depth=5)
    for size in (None, (48, 48)):
        export.tflite(model, tmp_path / "a.tflite", size=size)
        # Five maps of 64 channels, of which LiteRT holds two at least and not all.
        assert 2 * 256 <= LiteRTPredictor(tmp_path / "a.tflite").bytes_per_pixel <= 5 * 256
