"""What LiteRT export costs and saves: size, speed, difference and dB of every format.

    python -P benchmarks/litert.py --output=docs/results/litert.md

Times are those of one run on one machine, minima over interleaved repetitions; ratios are those
of processor times, so that they hold on a busy machine, too. Without `--model` the networks have
the weights of the published checkpoints where there are any (`--weights`), otherwise random ones,
and then no dB can be lost.
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
from keras_restore import data, export, inference, models, protocols, published
from keras_restore.export import flatbuffer
from keras_restore.export.measure import measure
from keras_restore.export.tflite import QUANTIZATIONS
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.machine import machine

REPOSITORY = pathlib.Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared"
CALIBRATION_CROPS = 32
CALIBRATION_SIZE = 96
CALIBRATION_IMAGES_FIXED = 4
STATISTICS_STEPS = 30
UNTRAINED = "random weights"
COLUMNS = (
    "format",
    "size",
    "kB",
    "operations",
    "ms",
    "ms/MP",
    "CPU ms",
    "of naive",
    "of float32",
    "difference",
    "dB to Keras",
    "dB lost",
    "MiB",
)

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
    parser.add_argument("--formats", default=",".join(QUANTIZATIONS))
    parser.add_argument("--weights", default=SHARED / "reference_weights", type=pathlib.Path)
    parser.add_argument("--data", default=SHARED / "data", type=pathlib.Path)
    parser.add_argument("--images", type=int, help="use only so many images of a set")
    parser.add_argument("--crop", type=int, help="use only the middle of each image")
    parser.add_argument("--size", type=int, default=256, help="side of the image that is timed")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=pathlib.Path, help="Markdown file to write")
    args = parser.parse_args(argv)
    lines = [
        "# LiteRT files: size, speed, difference, loss",
        "",
        f"`python -P benchmarks/litert.py {' '.join(argv or sys.argv[1:])}`",
        "",
        f"{machine()}; TensorFlow {tf.__version__}, keras-restore {keras_restore.__version__}. "
        f"Times are the smallest of {args.repeats} interleaved runs (int16x8: one) of one "
        f"{args.size}x{args.size} image: `ms` and `ms/MP` (per megapixel of input) on all "
        "cores, `CPU ms` the processor time on one thread, and of that the ratios, which hold on "
        "a busy machine, too. `naive` is Keras' own "
        '`model.export(format="litert")`; `of float32` compares with the file of the same kind of '
        "size, any or fixed. `difference` is the largest from the Keras model on random images "
        "of "
        + ", ".join(f"{height}x{width}" for height, width in exact_sizes(args.size))
        + ". `dB to Keras` is the PSNR of the file's pictures against the Keras model's on the "
        "named set, `dB lost` what the PSNR against the clean pictures loses. `MiB` is the peak "
        "of a process that runs the image, less what it held with its libraries loaded.",
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
    """One table: a line a file."""
    protocol = protocols.named(NETWORKS[name][2])
    images = calibration_crops(args, protocol)
    model, weights = open_network(name, args, images)
    trained = weights != UNTRAINED
    evaluated = samples(args, NETWORKS[name][3], protocol)
    references = [run_keras(model, degraded) for _, _, degraded in evaluated]
    before = mean_score(protocol, evaluated, references)
    sizes = {"any": None, "fixed": (args.size, args.size)}
    paths, refused = {}, {}
    paths["naive", "any"] = folder / "naive.tflite"
    model.export(str(paths["naive", "any"]), format="litert", verbose=False)
    for form in args.formats.split(","):
        for size_name, size in sizes.items():
            path = folder / f"{form}_{size_name}.tflite"
            print(f"{name}: writing {path.name}", file=sys.stderr, flush=True)
            try:
                # Mirrored to the size, a few hold as many pixels as all of them.
                few = images if size is None else images[:CALIBRATION_IMAGES_FIXED]
                export.tflite(model, path, form, size, few)
                paths[form, size_name] = path
            except ValueError as error:
                refused[form, size_name] = str(error).split("\n")[0]
    print(f"{name}: times", file=sys.stderr, flush=True)
    times, processor_times = interleaved_times(
        paths, (1, args.size, args.size, model.input_shape[-1]), args.repeats
    )
    print(f"{name}: quality", file=sys.stderr, flush=True)
    yield ""
    yield f"## {name} ({weights})"
    yield ""
    line = f"{NETWORKS[name][3]}, {len(evaluated)} images, {protocol.name}"
    line += f", the middle {args.crop}x{args.crop}" if args.crop else ""
    yield f"{line}: Keras {before:.3f} dB." if trained else f"{line}."
    yield ""
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|" + "---|" * len(COLUMNS)
    float32_times = {
        size_name: processor_times.get(("float32", size_name), np.nan) for size_name in sizes
    }
    megapixels = args.size**2 / 1e6
    for (form, size_name), path in paths.items():
        lost = likeness = "-"
        if size_name == "any" and form != "naive":
            predictor = inference.open_predictor(path)
            results = [predictor(degraded[None])[0] for _, _, degraded in evaluated]
            pairs = list(zip(references, results, strict=True))
            likeness = f"{np.mean([psnr(*pair) for pair in pairs]):.1f}"
            if trained:
                lost = f"{before - mean_score(protocol, evaluated, results):.4f}"
        row = (
            form,
            size_name,
            f"{path.stat().st_size / 1000:.0f}",
            sum(flatbuffer.count_operators(path.read_bytes()).values()),
            f"{1000 * times[form, size_name]:.0f}",
            f"{1000 * times[form, size_name] / megapixels:.0f}",
            f"{1000 * processor_times[form, size_name]:.0f}",
            f"{processor_times[form, size_name] / processor_times['naive', 'any']:.2f}",
            f"{processor_times[form, size_name] / float32_times[size_name]:.2f}",
            f"{export.verify(model, path, exact_sizes(args.size)):.1e}",
            likeness,
            lost,
            f"{measure(path, (args.size, args.size), 1)['peak_mib']:.0f}",
        )
        yield f"| {' | '.join(map(str, row))} |"
    for (form, size_name), reason in refused.items():
        yield f"| {form} | {size_name} | refused: {reason} " + "| " * (len(COLUMNS) - 3) + "|"


def run_keras(model, degraded):
    return np.asarray(model(degraded[None]))[0]


def mean_score(protocol, evaluated, results):
    pairs = zip(evaluated, results, strict=True)
    return np.mean([protocol.score(clean, restored)["psnr"] for (_, clean, _), restored in pairs])


def psnr(first, second):
    """Of one picture against another, not clipped, in dB of a peak of 1."""
    return -10 * np.log10(max(1e-20, np.mean(np.square(first - second, dtype=np.float64))))


def open_network(name, args, images):
    """The model, and where its weights are from."""
    build, checkpoint = NETWORKS[name][:2]
    if name == "xdncnn" and args.model:
        return inference.load(args.model), args.model
    if checkpoint and (args.weights / checkpoint).is_file():
        return published.load(args.weights / checkpoint), checkpoint
    keras.utils.set_random_seed(0)
    model = build()
    settle(model, images)
    return model, UNTRAINED


def settle(model, images):
    """Gives random weights the magnitudes of trained ones.

    Batch norms get the statistics of the images, and the last convolution such a scale that
    what the network adds (or, without a residual, its output) deviates as much as noise of
    sigma 25 (or as an image, 0.25).
    """
    batch = np.concatenate([image[:, :48, :48] for image in images[:8]])
    for _ in range(STATISTICS_STEPS):
        model(batch, training=True)
    restored = np.asarray(model(batch, training=False))
    residual = restored.shape == batch.shape
    if residual:
        restored = restored - batch
    last = [layer for layer in model.layers if getattr(layer, "kernel", None) is not None][-1]
    last.kernel.assign(last.kernel * ((25 / 255 if residual else 0.25) / restored.std()))


def samples(args, folder, protocol):
    paths = data.list_images(args.data / "test" / folder)[: args.images]
    images = (
        (path.name, middle(data.to_float(data.read_image(path)), args.crop)) for path in paths
    )
    return list(protocols.samples(images, protocol))


def middle(image, side):
    if side is None:
        return image
    top, left = (max(0, (n - side) // 2) for n in image.shape[:2])
    return image[top : top + side, left : left + side]


def exact_sizes(size):
    return ((size, size), (size - 1, 3 * size // 4 + 1), (64, 64))


def calibration_crops(args, protocol):
    """Degraded crops of the middles of training images, which are not those of the test."""
    paths = data.list_images(args.data / "train" / "BSDS500")
    crops = []
    for i, path in enumerate(paths[:: len(paths) // CALIBRATION_CROPS][:CALIBRATION_CROPS]):
        channels = 1 if protocol.color == "gray" else None
        clean = protocol.prepare(data.to_float(data.read_image(path, channels)))
        image = protocol.degrade(clean, i)
        crops.append(middle(image, CALIBRATION_SIZE)[None])
    return crops


def interleaved_times(paths, shape, repeats):
    """Two dictionaries of the smallest time of each file, in seconds; the files take turns.

    The first is wall time on all cores, the second processor time on one thread, whose ratios
    hold on a busy machine, too.
    """
    image = np.random.default_rng(0).random(shape, np.float32)
    clocks = ((None, time.perf_counter), (1, time.process_time))
    results = []
    for threads, clock in clocks:
        files = {key: LiteRTPredictor(path, threads) for key, path in paths.items()}
        times = dict.fromkeys(files, np.inf)
        for i in range(repeats):
            for key, file in files.items():
                if key[0] == "int16x8" and i:
                    continue
                start = clock()
                file(image)
                times[key] = min(times[key], clock() - start)
        results.append(times)
    return results


if __name__ == "__main__":
    main()
