"""The shipped files of fixed size on LiteRT's WebGPU accelerator: no operation stays behind."""

import base64

import pytest
import tensorflow as tf

from keras_restore.inference import shipped_models

pytestmark = pytest.mark.slow

MOST_WAITING = 300_000
COMPILE = """async (content) => {
  const { getWebGpuDevice, loadAndCompile, loadLiteRt } = await import("./litert/core.js");
  await loadLiteRt(new URL("./litert/wasm/", location.href).href);
  const precision = getWebGpuDevice().features.has("shader-f16") ? "fp16" : "fp32";
  const file = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const options = { accelerator: "webgpu", gpuOptions: { precision } };
  return (await loadAndCompile(file, options)).isFullyAccelerated;
}"""


@pytest.fixture
def is_fully_accelerated(chromium_with_graphics, address):
    page = chromium_with_graphics.new_page()
    page.set_default_timeout(MOST_WAITING)
    page.goto(address)
    if not page.evaluate("navigator.gpu?.requestAdapter().then(Boolean)"):
        pytest.skip("this Chromium has no WebGPU")
    return lambda content: page.evaluate(COMPILE, base64.b64encode(content).decode())


@pytest.mark.parametrize("name", sorted(shipped_models()))
def test_every_operation_runs_there(is_fully_accelerated, name):
    assert is_fully_accelerated((shipped_models()[name] / "model_float16.tflite").read_bytes())


def test_an_operation_that_stays_behind_is_told(is_fully_accelerated):
    @tf.function(input_signature=[tf.TensorSpec([1, 16, 16, 4])])
    def network(image):
        return image * tf.cast(tf.math.floormod(tf.cast(image, tf.int64), 3), tf.float32) + image

    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
    assert not is_fully_accelerated(converter.convert())
