"""The page, built for the tests and served on this machine."""

import importlib.util
import pathlib
import shutil

import pytest
from random_weights import randomize
from served import served

import keras_restore
from keras_restore.commands.serve_command import page_server
from keras_restore.export import tflite
from keras_restore.inference import shipped_models

REPOSITORY = pathlib.Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# A graphics card in software.
SOFTWARE_GRAPHICS = (
    "--enable-unsafe-webgpu",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
    "--use-webgpu-adapter=swiftshader",
)


@pytest.fixture(scope="module")
def launch():
    """Starts a Chromium with further arguments."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as running:
        yield lambda *arguments: running.chromium.launch(
            executable_path=path, args=["--no-sandbox", *arguments]
        )


@pytest.fixture
def chromium_with_graphics(launch):
    """A Chromium with a graphics card in software."""
    chromium = launch(*SOFTWARE_GRAPHICS)
    yield chromium
    chromium.close()


def exported(model, folder):
    tflite(randomize(model), folder / "model.tflite")
    return folder


@pytest.fixture(scope="session")
def made_network(tmp_path_factory):
    """A small colour network, for pictures of many pixels."""
    model = keras_restore.models.conv_net(channels=3, depth=3, filters=4, residual=False)
    return exported(model, tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="session")
def told_network(tmp_path_factory):
    """A small colour network that is told the noise level."""
    model = keras_restore.models.fdncnn(channels=3, depth=3, filters=4)
    return exported(model, tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="session")
def folder(made_network, told_network, tmp_path_factory):
    """The page, built with the shipped networks and made ones."""
    if not (REPOSITORY / "web/node_modules/@litertjs/core").is_dir():
        pytest.skip("needs LiteRT.js: make web")
    spec = importlib.util.spec_from_file_location("build", REPOSITORY / "web/build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    output = tmp_path_factory.mktemp("built") / "page"
    build.build(output, {**shipped_models(), "made": made_network, "told": told_network})
    return output


@pytest.fixture(scope="session")
def address(folder):
    with served(page_server(folder, port=0)) as address:
        yield address
