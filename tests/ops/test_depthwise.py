"""The fast filter gradient beside TensorFlow's own, and where it is used."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_restore import layers
from keras_restore.ops import depthwise_conv

TOLERANCES = {"float32": 1e-5, "bfloat16": 1e-2}


def made(shape, seed, dtype):
    return tf.cast(tf.random.stateless_normal(shape, (seed, 0)), dtype)


def gradients(convolve, inputs, kernel, upstream):
    with tf.GradientTape() as tape:
        tape.watch([inputs, kernel])
        outputs = convolve(inputs, kernel)
    return [outputs, *tape.gradient(outputs, [inputs, kernel], upstream)]


def reference(inputs, kernel):
    return tf.nn.depthwise_conv2d(inputs, kernel, [1, 1, 1, 1], "SAME")


def operations(function):
    """Types of the operations of a graph and of the functions that it calls."""
    graph = function.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return {node.op for node in nodes}


@pytest.mark.parametrize("dtype", sorted(TOLERANCES))
@pytest.mark.parametrize("kernel_size", range(1, 14, 2))
@pytest.mark.parametrize("shape", [(3, 17, 24, 16), (1, 5, 3, 18)])
def test_output_and_gradients_equal_tensorflow(shape, kernel_size, dtype):
    inputs, upstream = made(shape, 1, dtype), made(shape, 2, dtype)
    kernel = made((kernel_size, kernel_size, shape[-1], 1), 3, dtype)
    ours = gradients(depthwise_conv, inputs, kernel, upstream)
    # The reference in float64, so that a bound holds for ours and not for TensorFlow's rounding.
    exact = gradients(reference, *(tf.cast(x, tf.float64) for x in (inputs, kernel, upstream)))
    for mine, true in zip(ours, exact, strict=True):
        assert mine.dtype == dtype
        error = np.abs(tf.cast(mine, tf.float64) - true).max()
        assert error <= TOLERANCES[dtype] * np.abs(true).max()


UNDER_JAX = """
import sys
import jax, ml_dtypes
import numpy as np
from keras_restore.ops import depthwise_conv

data = dict(np.load(sys.argv[1]))
results = {}
for name in {key.split(":")[0] for key in data}:
    dtype = name.split()[0]
    inputs, kernel, upstream = (jax.numpy.asarray(data[f"{name}:{i}"], dtype) for i in range(3))
    outputs, backward = jax.vjp(jax.jit(depthwise_conv), inputs, kernel)
    for i, result in enumerate((outputs, *backward(upstream))):
        assert result.dtype == dtype
        results[f"{name}:{i}"] = np.asarray(result, np.float32)
np.savez(sys.argv[2], **results)
"""


def test_equals_tensorflow_under_jax(tmp_path):
    pytest.importorskip("jax", reason="needs jax: pip install 'keras-restore[jax]'")
    cases = {
        f"{dtype} {kernel} {shape}": [
            made(shape, 1, dtype),
            made((*kernel, shape[-1], 1), 2, dtype),
            made(shape, 3, dtype),
        ]
        for dtype in TOLERANCES
        for kernel in ((3, 3), (3, 7), (9, 9))
        for shape in ((3, 9, 12, 16), (1, 5, 3, 18))
    }
    arrays = {
        f"{n}:{i}": tf.cast(x, "float32") for n, xs in cases.items() for i, x in enumerate(xs)
    }
    np.savez(tmp_path / "in.npz", **arrays)
    command = [sys.executable, "-c", UNDER_JAX, str(tmp_path / "in.npz"), str(tmp_path / "out.npz")]
    subprocess.run(command, check=True, env={**os.environ, "KERAS_BACKEND": "jax"})
    with np.load(tmp_path / "out.npz") as results:
        for name, tensors in cases.items():
            exact = gradients(reference, *(tf.cast(x, tf.float64) for x in tensors))
            for i, true in enumerate(exact):
                error = np.abs(results[f"{name}:{i}"] - true).max()
                assert error <= TOLERANCES[name.split()[0]] * np.abs(true).max(), (name, i)


def test_oblong_filters_and_any_batch_and_size_in_a_graph():
    convolve = tf.function(
        lambda x, k, u: gradients(depthwise_conv, x, k, u),
        input_signature=[
            tf.TensorSpec((None, None, None, 16)),
            tf.TensorSpec((3, 7, 16, 1)),
            tf.TensorSpec((None, None, None, 16)),
        ],
    )
    for shape in ((1, 9, 4, 16), (4, 6, 21, 16)):
        arguments = made(shape, 1, "float32"), made((3, 7, 16, 1), 2, "float32")
        arguments += (made(shape, 3, "float32"),)
        for mine, true in zip(convolve(*arguments), gradients(reference, *arguments), strict=True):
            np.testing.assert_allclose(mine, true, atol=1e-5 * np.abs(true).max())


def test_float32_sum_over_the_batch_in_bfloat16():
    shape, kernel = (256, 4, 4, 16), made((5, 5, 16, 1), 1, "bfloat16")
    ones = tf.ones(shape, "bfloat16")
    gradient = gradients(depthwise_conv, ones, kernel, ones)[2]
    # The middle tap adds 256 * 16 ones; a running sum in bfloat16 stops at 256.
    assert np.all(np.float32(gradient[2, 2]) == 4096)


SLOW_KERNEL = "DepthwiseConv2dNativeBackpropFilter"


@pytest.mark.parametrize(
    ("kernel_size", "channels", "slow"),
    [(9, 64, False), (5, 16, False), (3, 64, True), (9, 3, True)],
)
def test_an_xunit_in_training_uses_it_where_it_is_faster(kernel_size, channels, slow):
    layer = layers.XUnit(kernel_size)
    layer.build((2, 12, 12, channels))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(tf.ones((2, 12, 12, channels)), training=True))
        return tape.gradient(loss, [w.value for w in layer.trainable_weights])

    assert (SLOW_KERNEL in operations(step)) == slow


def test_an_xunit_in_training_has_its_bias():
    inputs = made((2, 12, 12, 16), 1, "float32")
    layer = layers.XUnit(5, input_batch_norm=False, gate_batch_norm=False)
    layer.build(inputs.shape)
    layer.depthwise.bias.assign(np.linspace(-1, 1, 16))
    np.testing.assert_allclose(
        layer(inputs, training=True), layer(inputs, training=False), atol=1e-6
    )


def test_gpus_keep_their_own_gradient(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: ["a GPU"])
    inputs, kernel = made((1, 8, 8, 16), 1, "float32"), made((5, 5, 16, 1), 2, "float32")
    step = tf.function(lambda: gradients(depthwise_conv, inputs, kernel, inputs))
    assert SLOW_KERNEL in operations(step)


def test_fit_alone_and_mirrored():
    """Two steps of `fit` equal two steps with TensorFlow's gradient, on one and on two replicas."""
    images = np.asarray(made((4, 12, 12, 16), 5, "float32"))

    def trained(strategy, convolve):
        keras.utils.set_random_seed(0)
        with strategy.scope():
            layer = layers.XUnit(5, input_batch_norm=False, gate_batch_norm=False)
            model = keras.Sequential([keras.Input((12, 12, 16)), layer])
            model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
            if convolve:
                layer._fast_depthwise = layer.depthwise
            model.fit(images, images * 0.5, batch_size=4, epochs=2, verbose=0, shuffle=False)
        return model.get_weights()

    expected = trained(tf.distribute.get_strategy(), convolve=True)
    devices = tf.config.list_logical_devices("CPU")
    for strategy in (
        tf.distribute.get_strategy(),
        tf.distribute.MirroredStrategy([d.name for d in devices[:2]]),
    ):
        for mine, true in zip(trained(strategy, convolve=False), expected, strict=True):
            np.testing.assert_allclose(mine, true, atol=1e-5)
