"""Quality of the authors' own networks, imported: through Keras and through the LiteRT file.

    python -P benchmarks/published.py --weights=../shared/reference_weights --data=../shared/data \
        --output=docs/results/published.md

For every reference checkpoint that is there: imported with `keras-restore import`, then
measured on whole images by the named protocol, and put beside what an independent forward
pass gave (the README of the reference weights) and what the paper says. Takes about ten
minutes on two idle cores.

The independent super-resolution numbers were made in 8 bits throughout, as MATLAB does with
uint8 images: luma_x3_8bits. Beside it stands luma_x3, so that what the rounding does and what the
network does are seen apart.
"""

import argparse
import dataclasses
import json
import pathlib
import platform
import tempfile
import time

import numpy as np

from keras_restore import cli, data, metrics, protocols
from keras_restore.data import image_files
from keras_restore.inference import open_predictor

# (checkpoint, protocol, image set, independent forward pass, paper or None), in dB.
ROWS = (
    ("xsrcnnf_s3_k9k3k5.pkl", "luma_x3_8bits", "Set5", 32.856, 32.90),
    ("xsrcnnc_s3_c42c32.pkl", "luma_x3_8bits", "Set5", 32.816, 32.86),
    ("xdncnn_res_f64k3k9_s25.pkl", "gray_sigma25", "Set12", 30.449, None),
    ("dncnn_matconvnet_sigma25.mat", "gray_sigma25", "Set12", 30.458, 30.436),
    ("xdncnn_res_f64k3k9_s25.pkl", "gray_sigma25", "BSD68", 29.226, 29.21),
    ("dncnn_matconvnet_sigma25.mat", "gray_sigma25", "BSD68", 29.234, 29.23),
    ("xsrcnnf_s3_k9k3k5.pkl", "luma_x3", "Set5", None, 32.90),
    ("xsrcnnc_s3_c42c32.pkl", "luma_x3", "Set5", None, 32.86),
    ("dncnn_kair_sigma25.pth", "gray_sigma25", "Set12", None, 30.436),
)
TOLERANCE = 0.01


def images_of(folder):
    """Yields (name, image in [0, 1]) of a folder's files in name order."""
    for path in image_files.list_images(folder):
        yield path.name, data.to_float(data.read_image(path))


def measure(checkpoint, protocol_name, image_set, folder, images):
    """Returns PSNR and seconds by format, and the largest difference between the two."""
    protocol = dataclasses.replace(protocols.named(protocol_name), metrics=(metrics.PSNR,))
    restored, result = {}, {}
    for name, restore in (
        ("keras", open_predictor(folder / "model.keras")),
        ("litert", open_predictor(folder / "model.tflite")),
    ):
        start, outputs = time.perf_counter(), []

        def keep(batch, restore=restore, outputs=outputs):
            outputs.append(restore(batch))
            return outputs[-1]

        rows = protocols.evaluate(keep, images_of(images / image_set), protocol)
        seconds = time.perf_counter() - start
        result[name] = float(protocol.summary(rows)["psnr"])
        restored[name] = outputs
        print(
            f"{checkpoint} {image_set} {protocol_name} {name}: {result[name]:.3f} dB, "
            f"{len(rows)} images, {seconds:.0f} s",
            flush=True,
        )
    pairs = zip(restored["keras"], restored["litert"], strict=True)
    result["difference"] = max(float(np.abs(a - b).max()) for a, b in pairs)
    return result


def table(results, cards):
    """Returns the page of results."""
    lines = [
        "# The authors' own networks, imported",
        "",
        "PSNR in dB of published checkpoints, imported with `keras-restore import` and run on",
        "whole images through Keras and through the exported LiteRT file. Protocols are those of",
        "`keras_restore.protocols`; luma_x3_8bits rounds the enlarged and the restored image",
        'too, as MATLAB does with uint8 images. "Independent" is a forward pass by other code,',
        "made before this package existed.",
        "",
        "    python -P benchmarks/published.py --weights=... --data=... "
        "--output=docs/results/published.md",
        "",
        f"{platform.machine()}, two cores, no GPU, Python {platform.python_version()}.",
        "",
        "| checkpoint | images | protocol | Keras | LiteRT | independent | paper "
        "| largest difference Keras - LiteRT |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (checkpoint, protocol, image_set, independent, paper), result in results:
        known = ["-" if value is None else f"{value:g}" for value in (independent, paper)]
        lines.append(
            f"| `{checkpoint}` | {image_set} | {protocol} | {result['keras']:.3f} "
            f"| {result['litert']:.3f} | {known[0]} | {known[1]} | {result['difference']:.1e} |"
        )
    lines += ["", "What was recognised, from the structure of the files:", ""]
    for checkpoint, card in cards.items():
        arguments = ", ".join(f"{k}={v}" for k, v in card["architecture"].items() if k != "builder")
        lines.append(
            f"- `{checkpoint}`: {card['source']['format']}; "
            f"`{card['architecture']['builder']}({arguments})`. "
            f"Largest difference of the written files from the model: "
            + ", ".join(f"{k} {v['largest_difference']:.1e}" for k, v in card["files"].items())
            + "."
        )
    return "\n".join(lines) + "\n"


def main():
    """Measures and writes the page; the exit status says whether all agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path)
    args = parser.parse_args()
    results, cards, wrong = [], {}, []
    with tempfile.TemporaryDirectory() as temporary:
        for row in ROWS:
            checkpoint, protocol, image_set, independent, _ = row
            source = args.weights / checkpoint
            if not source.is_file():
                print(f"{source} is missing")
                continue
            folder = pathlib.Path(temporary) / source.stem
            if checkpoint not in cards:
                if cli.main(["import", f"--source={source}", f"--output={folder}"]):
                    raise SystemExit(f"{source} could not be imported")
                cards[checkpoint] = json.loads((folder / "card.json").read_text())
            result = measure(checkpoint, protocol, image_set, folder, args.data / "test")
            results.append((row, result))
            if independent is not None:
                for form in ("keras", "litert"):
                    if abs(result[form] - independent) > TOLERANCE:
                        wrong.append(f"{checkpoint} {image_set} {form}: {result[form]:.3f}")
            if args.output:
                args.output.parent.mkdir(parents=True, exist_ok=True)
                args.output.write_text(table(results, cards), encoding="utf-8")
    print("differs by more than 0.01 dB: " + "; ".join(wrong) if wrong else "all agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
