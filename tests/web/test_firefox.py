"""The page in Firefox, against `keras_restore.restore`."""

import base64
import io
import json
import shutil
import socket
import subprocess
import time

import numpy as np
import pytest
from made_pictures import picture
from PIL import Image

import keras_restore

pytestmark = pytest.mark.slow

MOST_WAITING = 300
RESTORE = """
const [content, model, done] = arguments;
const wait = (id, text) => new Promise((resolve) => {
  const look = () => {
    if (document.getElementById(id).textContent.includes(text)) resolve();
    else setTimeout(look, 100);
  };
  look();
});
(async () => {
  await wait("machine", "Ready");
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "photo.png", {type: "image/png"}));
  const menu = document.getElementById("model");
  menu.value = model;
  menu.dispatchEvent(new Event("change"));
  const input = document.getElementById("choose");
  input.files = data.files;
  input.dispatchEvent(new Event("change"));
  await wait("facts", "by " + model);
  const image = document.getElementById("after");
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  canvas.getContext("2d").drawImage(image, 0, 0);
  const {data: pixels} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  done([canvas.width, Array.from(pixels), document.getElementById("machine").textContent]);
})().catch((error) => done(String(error)));
"""


class Firefox:
    """A Firefox that obeys by its Marionette protocol: JSON with its length before it."""

    def __init__(self, program, profile):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
        command = [program, "--headless", "--marionette", "--profile", str(profile)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.socket = self._connect(port)
        self.socket.settimeout(MOST_WAITING)
        self._read()
        self.order("WebDriver:NewSession", {})
        self.order("WebDriver:SetTimeouts", {"script": 1000 * MOST_WAITING})

    def _connect(self, port):
        for _ in range(MOST_WAITING):
            try:
                return socket.create_connection(("127.0.0.1", port))
            except ConnectionRefusedError:
                time.sleep(1)
        raise TimeoutError("Firefox does not answer.")

    def _read(self):
        length = b""
        while not length.endswith(b":"):
            length += self.socket.recv(1)
        content = b""
        while len(content) < int(length[:-1]):
            content += self.socket.recv(1 << 16)
        return json.loads(content)

    def order(self, command, values):
        message = json.dumps([0, 1, command, values])
        self.socket.sendall(f"{len(message)}:{message}".encode())
        _, _, error, result = self._read()
        assert error is None, error
        return result

    def close(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("needs Firefox: apt-get install firefox-esr")
    firefox = Firefox(program, tmp_path_factory.mktemp("profile"))
    yield firefox
    firefox.close()


@pytest.mark.parametrize(
    "model, size", (("xdncnn_color_blind", (90, 290)), ("xsrcnn_f_x3", (60, 70)))
)
def test_the_page(firefox, address, model, size):
    pixels = picture(*size, 3)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    firefox.order("WebDriver:Navigate", {"url": address})
    values = [base64.b64encode(buffer.getvalue()).decode(), model]
    script = {"script": RESTORE, "args": values}
    width, restored, machine = firefox.order("WebDriver:ExecuteAsyncScript", script)["value"]
    expected = keras_restore.restore(pixels, model)
    restored = np.array(restored).reshape(-1, width, 4)[..., :3]
    assert restored.shape == expected.shape
    assert np.abs(restored - expected.astype(int)).max() <= 1
    assert "WebAssembly" in machine
