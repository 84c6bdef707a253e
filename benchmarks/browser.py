"""Measures the page's WebAssembly beside native LiteRT, in milliseconds per megapixel.

Command, after `make web`, with Chromium and playwright installed:

    python -P benchmarks/browser.py

One colour picture of 256 x 256 pixels, one window for both. Each round measures every way in turn,
so that other load on the machine meets all alike; the table has the fastest time of all rounds. A
network's first run, which compiles it, does not count.
"""

import argparse
import base64
import io
import shutil
import threading
import time

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright
from skimage import data

from keras_restore.commands.serve_command import PAGE, page_server
from keras_restore.inference import shipped_models
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.open_predictor import fit_predictor

SIDE = 256
THREADS = (1, 2)
# A worker per number of threads; the page's own is not used.
START = """async (threads) => {
  const models = await (await fetch("models.json")).json();
  window.workers ??= {};
  const worker = window.workers[threads] = new Worker("worker.js");
  worker.ask = (message) => new Promise((resolve, reject) => {
    worker.onmessage = ({data}) => {
      if ("result" in data) resolve(data.result);
      if ("error" in data) reject(new Error(data.error));
    };
    worker.postMessage(message);
  });
  window.models = Object.fromEntries(models.map((model) => [model.name, model]));
  return (await worker.ask({task: "start", engine: "wasm", threads, model: models[0]})).engine;
}"""
RESTORE = """async ([threads, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const task = {task: "restore", file: new Blob([bytes]), model: window.models[name], sigma: null};
  return (await window.workers[threads].ask(task)).millisecondsPerMegapixel;
}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    pixels = data.astronaut()[:SIDE, :SIDE]
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    content = base64.b64encode(buffer.getvalue()).decode()
    with page_server(PAGE, port=0) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = chromium.new_page()
        page.goto(f"http://localhost:{server.server_address[1]}/")
        page.locator("#machine", has_text="Ready").wait_for()
        for threads in THREADS:
            print(f"{threads}: {page.evaluate(START, threads)}, Chromium {chromium.version}")
        print(f"| model | {' | '.join(columns())} | WebAssembly of native, 2 threads |")
        print("|---" * (len(THREADS) * 2 + 2) + "|")
        for name, folder in shipped_models().items():
            ways = {}
            for threads in THREADS:
                ways["WebAssembly", threads] = in_browser(page, threads, name, content)
                ways["native", threads] = native(folder, threads, pixels)
            best = dict.fromkeys(ways, float("inf"))
            for run in ways.values():
                run()
            for _ in range(rounds):
                for way, run in ways.items():
                    best[way] = min(best[way], run())
            numbers = " | ".join(f"{best[engine, n]:,.0f}" for engine, n in order())
            ratio = best["WebAssembly", 2] / best["native", 2]
            print(f"| `{name}` | {numbers} | {ratio:.1f} |", flush=True)
        server.shutdown()


def order():
    return [(engine, threads) for engine in ("WebAssembly", "native") for threads in THREADS]


def columns():
    return [f"{engine}, {threads} thread{'s' * (threads > 1)}" for engine, threads in order()]


def in_browser(page, threads, name, content):
    return lambda: page.evaluate(RESTORE, [threads, name, content])


def native(folder, threads, pixels):
    predictor = LiteRTPredictor(folder / LiteRTPredictor.FILE, threads)
    fitted = fit_predictor(predictor, channels=3)
    batch = pixels[None].astype(np.float32) / np.float32(255)

    def run():
        start = time.perf_counter()
        fitted(batch)
        return (time.perf_counter() - start) * 1e3 / (SIDE**2 / 1e6)

    return run


if __name__ == "__main__":
    main()
