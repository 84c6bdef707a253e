"""Fits the table of `keras_restore.inference.estimate_sigma`, and measures the estimator.

    python -P benchmarks/noise_level.py --clean=DATA/train/BSDS500 \\
        --list=DATA/train/BSDS500/BSD432_list.txt --pairs=TUNE --write

Clean images are enlarged or reduced, cut and darkened by chance, and get white noise, grain, a
sensor's noise (`CameraNoise`), or noise as phones leave it: a fine luma, a coarse chroma, more of
it where it is bright, less where the camera smoothed it away. Most become JPEG files once or
twice. What is to be read is the root mean square of the noise, after JPEG against the clean image's
JPEG; an error upwards counts half, since telling a network too much costs less than too little,
and any reading up to 1.5 is right for a clean image. Real pairs join the fit; in the table each is
read by a fit without its third of the scenes.
"""

import argparse
import io
import json
import pathlib

import numpy as np
from PIL import Image
from scipy.ndimage import convolve1d, gaussian_filter, uniform_filter
from scipy.optimize import minimize

from keras_restore import degradations
from keras_restore.data import FolderReader
from keras_restore.data.image_files import list_images
from keras_restore.inference.estimate_sigma import TABLE, noise_features

SIDE = 336
HIDDEN = 16
OFFSET = 0.7
WEIGHT_OF_PAIRS = 0.75
CLEAN = 1.5
KINDS = {"clean": 0.22, "white": 0.2, "grain": 0.1, "camera": 0.13, "phone": 0.35}
# Left out at a time: pairs that follow each other by name are of one scene.
PAIRS_TOGETHER = 10
# A pair is measured whole and in three parts, noisy and clean.
PARTS = [slice(None), slice(0, 352), slice(96, 448), slice(160, 512)]


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def clean_image(paths, rng):
    image = Image.open(paths[rng.integers(len(paths))]).convert("RGB")
    scale = max(log_uniform(rng, 0.6, 3), (SIDE + 1) / min(image.size))
    size = [int(side * scale) for side in image.size]
    image = np.asarray(image.resize(size, Image.BICUBIC if scale > 1 else Image.LANCZOS))
    top, left = (rng.integers(side - SIDE + 1) for side in image.shape[:2])
    image = image[top : top + SIDE, left : left + SIDE].astype(np.float32)
    return (
        to_8_bits(image * rng.uniform(0.35, 1) + rng.uniform(0, 30))
        if rng.random() < 0.5
        else to_8_bits(image)
    )


def to_8_bits(image):
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def jpeg(image, quality, subsampling):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(file))


def white(image, rng):
    return image + rng.normal(0, log_uniform(rng, 1, 60), image.shape)


def grain(image, rng):
    shared = rng.uniform(0, 0.95)
    noise = np.sqrt(1 - shared) * rng.normal(size=image.shape)
    noise += np.sqrt(shared) * rng.normal(size=(*image.shape[:2], 1))
    correlation = rng.uniform(0.2, 0.9)
    decay = correlation / (1 + np.sqrt(1 - correlation**2))
    taps = decay ** abs(np.arange(-12, 13))
    taps /= np.linalg.norm(taps)
    for axis in (0, 1):
        noise = convolve1d(noise, taps, axis=axis, mode="wrap")
    return image + noise * log_uniform(rng, 1, 30)


def camera(image, rng):
    noise = degradations.CameraNoise((5e-5, 6e-3), str(rng.choice(["bilinear", "malvar"])))
    clean = (image[None] / 255).astype(np.float32)
    return 255 * np.asarray(noise(clean, seed=rng.integers(2**31, size=2)))[0]


def phone(image, rng):
    def field(blur):
        noise = gaussian_filter(rng.normal(size=image.shape[:2]), blur, mode="wrap")
        return noise / noise.std()

    coarse = rng.uniform(0, 0.5)
    luma = np.sqrt(1 - coarse**2) * field(rng.uniform(0.2, 1.1))
    luma += coarse * field(rng.uniform(1.5, 4))
    blur, share = rng.uniform(0.5, 4), rng.uniform(0.15, 1)
    blue, red = share * field(blur), share * rng.uniform(0.7, 1.4) * field(blur)
    noise = [luma + 1.402 * red, luma - 0.344 * blue - 0.714 * red, luma + 1.772 * blue]
    noise = np.stack(noise, axis=-1)
    gray = image.mean(axis=2)
    if rng.random() < 0.7:
        noise *= np.sqrt(rng.uniform(0.02, 0.4) + gaussian_filter(gray, 1) / 255)[..., None]
    if rng.random() < 0.5:
        detail = uniform_filter((gray - gaussian_filter(gray, 2)) ** 2, 9)
        kept = rng.uniform(0.4, 1)
        noise *= (kept + (1 - kept) * detail / (detail + rng.uniform(1, 30)))[..., None]
    return image + noise * log_uniform(rng, 1.2, 16) / np.sqrt((noise**2).mean())


def rms(noise):
    return float(np.sqrt(np.mean(np.square(noise, dtype=np.float64))))


def sample(paths, rng):
    """One clean and three other images: kind, features and the noise's level."""
    clean = clean_image(paths, rng)
    for _ in range(3):
        kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
        noisy, reference = clean, clean
        if kind != "clean":
            noisy = to_8_bits(globals()[kind](clean.astype(np.float64), rng))
        if rng.random() < 0.65:
            if rng.random() < 0.3:
                quality = int(rng.integers(85, 99))
                noisy, reference = (jpeg(image, quality, 0) for image in (noisy, reference))
            settings = int(rng.integers(55, 98)), int(rng.choice([0, 2, 2]))
            noisy, reference = (jpeg(image, *settings) for image in (noisy, reference))
            kind += " jpeg"
        first = int(rng.integers(0, 8))
        features = noise_features(noisy[first:, first:])
        if features is not None:
            yield kind, features, rms(noisy.astype(np.float64) - reference)


def pair_samples(folder):
    for _, clean, noisy in FolderReader.of_folder(folder, channels=3):
        for rows, columns in zip(PARTS, [PARTS[0], *PARTS[:0:-1]], strict=True):
            for kind, image in (("real", noisy), ("real clean", clean)):
                features = noise_features(image[rows, columns])
                level = 255 * rms((image - clean)[rows, columns])
                yield kind, np.zeros(0) if features is None else features, level


def fit(features, levels, clean, weights, seed=0):
    """Fits the network; returns its table."""
    chosen = weights > 0
    features, levels, clean, weights = (
        values[chosen] for values in (features, levels, clean, weights)
    )
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    inputs = (features - mean) / deviation
    targets = np.log(np.where(clean, CLEAN, levels) + OFFSET)
    weights = weights / weights.sum()
    count = inputs.shape[1]
    rng = np.random.default_rng(seed)
    shapes = {"hidden": (count, HIDDEN), "bias": (HIDDEN,), "output": (HIDDEN,), "output_bias": ()}
    start = {
        "hidden": rng.normal(size=shapes["hidden"]) / np.sqrt(count),
        "bias": np.zeros(HIDDEN),
        "output": rng.normal(size=HIDDEN) / np.sqrt(HIDDEN),
        "output_bias": targets.mean(),
    }

    def unpack(vector):
        parts = np.split(vector, np.cumsum([int(np.prod(s)) for s in shapes.values()])[:-1])
        return {k: p.reshape(s) for (k, s), p in zip(shapes.items(), parts, strict=True)}

    def loss(vector):
        t = unpack(vector)
        active = np.tanh(inputs @ t["hidden"] + t["bias"])
        error = active @ t["output"] + t["output_bias"] - targets
        error = np.where(clean & (error < 0), 0, error)
        side = weights * np.where(error < 0, 2, 1)
        slope = np.sqrt(1 + (error / 0.3) ** 2)
        decay = 1e-4 * ((t["hidden"] ** 2).sum() + (t["output"] ** 2).sum())
        value = (side * 0.09 * (slope - 1)).sum() + decay
        back = side * error / slope
        inner = back[:, None] * t["output"] * (1 - active**2)
        gradients = [
            inputs.T @ inner + 2e-4 * t["hidden"],
            inner.sum(axis=0),
            active.T @ back + 2e-4 * t["output"],
            back.sum(),
        ]
        return value, np.concatenate([np.ravel(gradient) for gradient in gradients])

    begin = np.concatenate([np.ravel(value) for value in start.values()])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 400})
    return {"offset": OFFSET, "mean": mean, "deviation": deviation, **unpack(found.x)}


def predict(table, features):
    hidden = (features - table["mean"]) / table["deviation"] @ table["hidden"] + table["bias"]
    logarithm = np.tanh(hidden) @ table["output"] + table["output_bias"]
    return np.maximum(np.exp(logarithm) - table["offset"], 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clean", required=True, help="folder of clean images")
    parser.add_argument("--list", help="text file with the names of those to take")
    parser.add_argument("--pairs", required=True, help="folder of *_real.* and *_mean.* to fit to")
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--samples", help="file that keeps the samples from run to run")
    parser.add_argument("--write", action="store_true", help="write the package's table")
    args = parser.parse_args()
    paths = list_images(args.clean)
    if args.list:
        listed = set(pathlib.Path(args.list).read_text().split())
        paths = [path for path in paths if str(path.relative_to(args.clean)) in listed]
    samples = list(pair_samples(args.pairs))
    of_pairs = len(samples)
    if args.samples and pathlib.Path(args.samples).exists():
        with np.load(args.samples) as file:
            samples += zip(file["kinds"], file["features"], file["levels"], strict=True)
    else:
        rng = np.random.default_rng(0)
        for _ in range(args.images):
            samples += sample(paths, rng)
        if args.samples:
            kinds, features, levels = zip(*samples[of_pairs:], strict=True)
            np.savez(args.samples, kinds=kinds, features=features, levels=levels)
    number = np.array([i for i, entry in enumerate(samples) if len(entry[1])])
    kinds, features, levels = (np.array([samples[i][j] for i in number]) for j in range(3))
    clean = np.char.find(kinds, "clean") >= 0
    real = number < of_pairs
    weights = np.where(real, WEIGHT_OF_PAIRS, 1.0)
    # Every tenth synthetic image, and each third of the pairs, is read by a fit without it.
    left_out = ~real & (number % 10 == 0)
    read = predict(fit(features, levels, clean, weights * ~left_out), features)
    third = number // (2 * len(PARTS) * PAIRS_TOGETHER) % 3
    for turn in range(3):
        own = real & (third == turn)
        read[own] = predict(fit(features, levels, clean, weights * ~own), features[own])
    left_out |= real & (number % (2 * len(PARTS)) < 2)
    print("| images | rms | number | read | within 25 % |\n|---|---|---|---|---|")
    for kind in dict.fromkeys(kinds):
        for low, high in ((0, 1), (1, 3), (3, 10), (10, 100)):
            chosen = left_out & (kinds == kind) & (levels >= low) & (levels < high)
            if chosen.any():
                true, found = levels[chosen], read[chosen]
                close = np.mean(abs(found - true) <= 0.25 * true)
                print(
                    f"| {kind} | {true.mean():.2f} | {chosen.sum()} | {found.mean():.2f} | "
                    f"{100 * close:.0f} % |"
                )
    if args.write:
        table = fit(features, levels, clean, weights)
        values = {name: np.round(value, 5).tolist() for name, value in table.items()}
        TABLE.write_text(json.dumps(values) + "\n")


if __name__ == "__main__":
    main()
