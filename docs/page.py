"""Makes the pictures of the page in docs/web.md and the README: `make web`, then

python docs/page.py
"""

import io
import pathlib
import shutil
import threading

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright
from skimage import data

from keras_restore.commands.serve_command import PAGE, page_server

FOLDER = pathlib.Path(__file__).parent
SHOTS = {
    "page_desktop": {"viewport": {"width": 1120, "height": 860}},
    "page_dark": {"viewport": {"width": 1120, "height": 860}, "color_scheme": "dark"},
    "page_phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}


def main():
    photo = noisy_photo()
    with page_server(PAGE, port=0) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://localhost:{server.server_address[1]}/"
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, options in SHOTS.items():
            context = chromium.new_context(**options)
            Image.open(io.BytesIO(shot(context.new_page(), address, photo))).convert("RGB").save(
                FOLDER / f"{name}.jpg", quality=80
            )
            context.close()
        server.shutdown()


def noisy_photo():
    clean = data.astronaut()[:340]
    noise = np.random.default_rng(0).normal(0, 25, clean.shape)
    buffer = io.BytesIO()
    Image.fromarray(np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def shot(page, address, photo):
    page.goto(address)
    page.locator("#machine", has_text="Ready").wait_for()
    file = {"name": "photo.png", "mimeType": "image/png", "buffer": photo}
    page.set_input_files("#choose", file)
    page.locator("#facts", has_text="megapixel").wait_for(timeout=120_000)
    page.locator("#after").evaluate("image => image.decode()")
    return page.screenshot(full_page=True)


if __name__ == "__main__":
    main()
