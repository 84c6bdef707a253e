"""What LiteRT export costs and saves: size, speed, difference and dB of every format.

    python -P benchmarks/litert.py --output=docs/results/litert.md

Times are those of one run on one machine, minima over interleaved repetitions, so that their
ratios hold on a busy machine, too. Without `--model` the networks have the weights of the
published checkpoints where there are any (`--weights`), otherwise random ones, and then there
is no dB.
"""

import argparse
import pathlib
import sys
import tempfile
import time

import keras
import numpy as np
import tensorflow as tf

import keras_restore
from keras_restore import data, export, inference, metrics, models, published
from keras_restore.export import flatbuffer
from keras_restore.export.measure import measure
from keras_restore.machine import machine
from keras_restore.metrics import protocols

REPOSITORY = pathlib.Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared"
CALIBRATION_CROPS = 32
CALIBRATION_SIZE = 96
SPEED_SIZE = (256, 256)
EXACT_SIZES = ((256, 256), (255, 193), (64, 64))

# Builder, checkpoint, protocol, benchmark set.
NETWORKS = {
    "xdncnn": (models.xdncnn, "xdncnn_res_f64k3k9_s25.pkl", "gray_sigma25", "Set12"),
    "dncnn": (models.dncnn, "dncnn_kair_sigma25.pth", "gray_sigma25", "Set12"),
    "red10": (models.red10, None, "gray_sigma25", "Set12"),
    "xsrcnn_f": (models.xsrcnn_f, "xsrcnnf_s3_k9k3k5.pkl", "luma_x3", "Set5"),
    "xsrresnet": (models.xsrresnet, None, "rgb_x4", "Set5"),
    "denoising_unet": (models.denoising_unet, None, "color_sigma25", "Set5"),
}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--model", help="trained model in the place of the xdncnn checkpoint")
    parser.add_argument("--formats", default=",".join(export.FORMATS))
    parser.add_argument("--weights", default=SHARED / "reference_weights", type=pathlib.Path)
    parser.add_argument("--data", default=SHARED / "data", type=pathlib.Path)
    parser.add_argument("--images", type=int, help="use only so many images of a set")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=pathlib.Path, help="Markdown file to write")
    args = parser.parse_args(argv)
    lines = [
        "# LiteRT files: size, speed, difference, loss",
        "",
        f"`python -P benchmarks/litert.py {' '.join(argv or sys.argv[1:])}`",
        "",
        f"{machine()}; TensorFlow {tf.__version__}, keras-restore {keras_restore.__version__}. "
        f"Times are of one {SPEED_SIZE[0]}x{SPEED_SIZE[1]} image on all cores, the smallest of "
        f"{args.repeats} interleaved runs; `naive` is the plain conversion of the Keras model. "
        "`difference` is the largest from the Keras model on random images of "
        + ", ".join(f"{height}x{width}" for height, width in EXACT_SIZES)
        + ". Memory is the peak of a process beyond that of its libraries.",
    ]
    for name in args.networks.split(","):
        with tempfile.TemporaryDirectory() as folder:
            for line in network_lines(name, pathlib.Path(folder), args):
                print(line, flush=True)
                lines.append(line)
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def network_lines(name, folder, args):
    """One table: a line a format."""
    model, weights = open_network(name, args)
    trained = weights != "random weights"
    protocol = protocols.named(NETWORKS[name][2])
    evaluated = samples(args, NETWORKS[name][3], protocol) if trained else []
    calibration = calibration_crops(args, protocol)
    paths, refused = {"naive": folder / "naive.tflite"}, {}
    write_naive(model, paths["naive"])
    for form in args.formats.split(","):
        path = folder / f"{form}.tflite"
        try:
            export.tflite(model, path, form, calibration=calibration)
            paths[form] = path
        except ValueError as error:
            refused[form] = str(error).split("\n")[0]
    times = interleaved_times(paths, model.input_shape[-1], args.repeats)
    reference = mean_psnr(lambda image: np.asarray(model(image)), evaluated, protocol)
    yield ""
    yield f"## {name} ({weights})"
    yield ""
    if trained:
        yield (
            f"{NETWORKS[name][3]}, {len(evaluated)} images, {protocol.name}: "
            f"Keras {reference:.3f} dB."
        )
        yield ""
    yield "| format | kB | operations | ms | of naive | of float32 | difference | dB lost | MiB |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for form, path in paths.items():
        lost = "-"
        if trained and form != "naive":
            lost = f"{reference - mean_psnr(export.LiteRTFile(path).run, evaluated, protocol):.4f}"
        count = sum(flatbuffer.count_operators(path.read_bytes()).values())
        yield (
            f"| {form} | {path.stat().st_size / 1000:.0f} | {count} | {1000 * times[form]:.0f} "
            f"| {times[form] / times['naive']:.2f} "
            f"| {times[form] / times.get('float32', np.nan):.2f} "
            f"| {export.verify(model, path, EXACT_SIZES):.1e} | {lost} "
            f"| {measure(path, SPEED_SIZE, 1)['peak_mib']:.0f} |"
        )
    for form, reason in refused.items():
        yield f"| {form} | refused: {reason} | | | | | | | |"


def open_network(name, args):
    """The model, and where its weights are from."""
    build, checkpoint = NETWORKS[name][:2]
    if name == "xdncnn" and args.model:
        return inference.load(args.model), args.model
    if checkpoint and (args.weights / checkpoint).is_file():
        return published.load(args.weights / checkpoint), checkpoint
    keras.utils.set_random_seed(0)
    return build(), "random weights"


def samples(args, folder, protocol):
    paths = data.list_images(args.data / "test" / folder)[: args.images]
    images = ((path.name, data.to_float(data.read_image(path))) for path in paths)
    return list(metrics.samples(images, protocol))


def calibration_crops(args, protocol):
    """Degraded crops of the middles of training images, which are not those of the test."""
    paths = data.list_images(args.data / "train" / "BSDS500")
    crops = []
    for i, path in enumerate(paths[:: len(paths) // CALIBRATION_CROPS][:CALIBRATION_CROPS]):
        channels = 1 if protocol.color == "gray" else None
        clean = protocol.prepare(data.to_float(data.read_image(path, channels)))
        image = protocol.degrade(clean, i)
        top, left = ((side - CALIBRATION_SIZE) // 2 for side in image.shape[:2])
        top, left = max(0, top), max(0, left)
        crops.append(image[None, top : top + CALIBRATION_SIZE, left : left + CALIBRATION_SIZE])
    return crops


def write_naive(model, path):
    channels = model.input_shape[-1]
    spec = tf.TensorSpec([1, None, None, channels], tf.float32)
    function = tf.function(lambda image: model(image, training=False), input_signature=[spec])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], model
    )
    path.write_bytes(converter.convert())


def interleaved_times(paths, channels, repeats):
    """The smallest time of each file, in seconds; the files take turns."""
    image = np.random.default_rng(0).random((1, *SPEED_SIZE, channels), np.float32)
    files = {name: export.LiteRTFile(path) for name, path in paths.items()}
    times = dict.fromkeys(files, np.inf)
    for file in files.values():
        file.run(image)
    for i in range(repeats):
        for name, file in files.items():
            if name == "int16x8" and i:
                continue
            start = time.perf_counter()
            file.run(image)
            times[name] = min(times[name], time.perf_counter() - start)
    return times


def mean_psnr(run, evaluated, protocol):
    scores = [
        protocol.score(clean, run(degraded[None])[0])["psnr"] for _, clean, degraded in evaluated
    ]
    return float(np.mean(scores)) if scores else np.nan


if __name__ == "__main__":
    main()
