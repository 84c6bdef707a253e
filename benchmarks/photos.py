"""Measures denoisers on pairs of real photos, and what they do to clean ones.

    python -P benchmarks/photos.py --pairs=PAIRS --skip=50 --model=photo \\
        --peers=xdncnn_color_blind,wavelet,nlm --crops=docs/results/photos.jpg

PAIRS holds a_real.* beside a_mean.*; the first --skip by name are those that settings were chosen
with. The noise level is estimated on the whole photo, and PSNR is measured on its middle. Peers
are shipped models, paths of checkpoints, comparators of `keras-restore evaluate`, which are told
the same level, or bm3d (`pip install bm3d`, its authors' own, free for research only). The clean
photos are scikit-image's.
"""

import argparse
import pathlib

import numpy as np
import skimage.data
from PIL import Image

import keras_restore
from keras_restore.data import FolderReader, to_uint8
from keras_restore.evaluation.comparators import COMPARATORS
from keras_restore.inference import estimate_sigma, open_predictor
from keras_restore.inference.estimate_sigma import certainty
from keras_restore.metrics import PSNR

GRID = (2, 3, 4, 5, 6, 8, 10, 13, 17)
CLEAN = ("astronaut", "coffee", "chelsea", "rocket")
CROP = 128
ORACLE, DETAIL = "told the noise's true rms", "detail=0.5"


def middle(image, side):
    top, left = ((size - side) // 2 if side < size else 0 for size in image.shape[:2])
    return image[top : top + side, left : left + side]


def psnr(clean, image):
    return float(PSNR.compute(clean, np.clip(image, 0, 1)))


def make(name):
    """The function of an image and the estimated level for the name of a peer."""
    if name in COMPARATORS:
        return lambda image, sigma: COMPARATORS[name](max(sigma, 0.1))(image[None])[0]
    if name == "bm3d":
        from bm3d import bm3d_rgb

        return lambda image, sigma: bm3d_rgb(image, max(sigma, 0.1) / 255)
    predictor = open_predictor(name)
    return lambda image, sigma: predictor.told(sigma)(image[None])[0]


def measure_pairs(args, restorers):
    """PSNR of every pair, one dictionary each, and the crops of some."""
    pairs = FolderReader.of_folder(args.pairs, channels=3)
    pairs = FolderReader(pairs.files[args.skip :], channels=3)
    shown = np.linspace(0, len(pairs) - 1, args.shown).astype(int)
    rows, strips = [], []
    for index, (name, clean, noisy) in enumerate(pairs):
        sigma = estimate_sigma(noisy)
        clean, noisy = (middle(image, args.side) for image in (clean, noisy))
        results = {peer: restore(noisy, sigma) for peer, restore in restorers.items()}
        told = results[args.model]
        results[args.model] = noisy + certainty(sigma) * (told - noisy)
        row = {"sigma": sigma, "noisy": psnr(clean, noisy)}
        rms = float(255 * np.sqrt(np.mean((noisy - clean) ** 2)))
        restored = keras_restore.restore(noisy, args.model, sigma=sigma, detail=0.5)
        detailed = noisy + certainty(sigma) * (restored - noisy)
        row |= {"rms": rms, DETAIL: psnr(clean, detailed)}
        row |= {ORACLE: psnr(clean, restorers[args.model](noisy, rms))}
        row |= {peer: psnr(clean, result) for peer, result in results.items()}
        grid = [psnr(clean, restorers[args.model](noisy, level)) for level in GRID]
        row |= {"best": max(grid + [row[args.model]]), "best sigma": GRID[int(np.argmax(grid))]}
        row |= {f"at {level}": value for level, value in zip(GRID, grid, strict=True)}
        rows.append(row)
        gain = row[args.model] - row["noisy"]
        print(f"{name}: sigma {sigma:.1f}, {gain:+.2f} dB", flush=True)
        if index in shown:
            images = noisy, *(results[name] for name in reversed(restorers)), clean
            strips.append(np.concatenate([middle(image, CROP) for image in images], axis=1))
    return rows, np.concatenate(strips)


def report(rows, args):
    def mean(key):
        return np.mean([row[key] for row in rows])

    print("\n| | PSNR | over the noisy photo | worst photo | worse than the noisy by 0.1 dB |")
    print("|---|---|---|---|---|")
    for key in ("noisy", *args.peers, args.model, DETAIL, ORACLE, "best"):
        gains = np.array([row[key] - row["noisy"] for row in rows])
        print(
            f"| {key} | {mean(key):.2f} | {gains.mean():+.2f} | {gains.min():+.2f} | "
            f"{(gains < -0.1).sum()} of {len(rows)} |"
        )
    print("\n| told sigma |", " | ".join(str(level) for level in GRID), "|")
    print("|---|" + "---|" * len(GRID))
    print("| PSNR |", " | ".join(f"{mean(f'at {level}'):.2f}" for level in GRID), "|")
    found, best, rms = (
        np.array([row[key] for row in rows]) for key in ("sigma", "best sigma", "rms")
    )
    near, near_rms = (100 * np.mean(abs(told - best) <= 0.25 * best) for told in (found, rms))
    loss = np.array([row["best"] - row[args.model] for row in rows])
    print(
        f"\nEstimate {found.mean():.1f} (from {found.min():.1f} to {found.max():.1f}), sigma of "
        f"best PSNR {best.mean():.1f}, noise {rms.mean():.1f} rms. Within 25 % of the best: "
        f"{near:.0f} %, the true rms {near_rms:.0f} %; the estimate costs {loss.mean():.2f} dB, "
        f"at most {loss.max():.2f}."
    )


def measure_clean(model):
    print("\n| clean photo | estimate | PSNR of the result to it |\n|---|---|---|")
    for name in CLEAN:
        image = getattr(skimage.data, name)()
        restored = keras_restore.restore(image, model, sigma="auto")
        print(f"| {name} | {estimate_sigma(image):.2f} | {psnr(image / 255, restored / 255):.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--model", default="photo", help="a model that is told the noise level")
    parser.add_argument("--peers", type=lambda text: text.split(","), default=[])
    parser.add_argument("--side", type=int, default=256, help="of the middle that is measured")
    parser.add_argument("--shown", type=int, default=6, help="number of pairs in the picture")
    parser.add_argument("--crops", type=pathlib.Path, help="picture: noisy, peers, model, clean")
    args = parser.parse_args()
    restorers = {name: make(name) for name in (args.model, *args.peers)}
    rows, strips = measure_pairs(args, restorers)
    report(rows, args)
    measure_clean(args.model)
    if args.crops:
        Image.fromarray(to_uint8(strips)).save(args.crops, quality=92)


if __name__ == "__main__":
    main()
