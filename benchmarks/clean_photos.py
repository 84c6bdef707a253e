"""Measures what shipped denoisers and deblockers do to clean photos: they should change nothing.

    python -P benchmarks/clean_photos.py --clean=CBSD68 --images=20

For every model that is told the noise level, or finds that or the blocks: PSNR of its result to
the clean photo (told what `sigma="auto"` estimates), and how far the mean of a channel moves, in
grey levels.
"""

import argparse

import numpy as np

import keras_restore
from keras_restore.data import FolderReader, to_uint8
from keras_restore.inference import shipped_models
from keras_restore.metrics import PSNR


def changes(name, geometry, images):
    """PSNR and largest move of a channel's mean, one row an image."""
    sigma = "auto" if geometry.get("takes_sigma") else None
    for clean in images:
        restored = keras_restore.restore(clean, name, sigma=sigma)
        move = 255 * abs(restored.mean(axis=(0, 1)) - clean.mean(axis=(0, 1))).max()
        same = np.array_equal(to_uint8(restored), to_uint8(clean))
        yield np.inf if same else float(PSNR.compute(clean, np.clip(restored, 0, 1))), move


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clean", required=True, help="folder of clean photos")
    parser.add_argument("--images", type=int, default=20)
    args = parser.parse_args()
    readers = {channels: FolderReader.of_folder(args.clean, channels) for channels in (1, 3)}
    print("| model | PSNR, median | PSNR, least | channel's mean moves by at most |")
    print("|---|---|---|---|")
    for name, folder in shipped_models().items():
        card = keras_restore.inference.read_card(folder)
        levels = card.levels()
        if card.degraded_by() != "Jpeg" and (levels is None or levels[0] > 0):
            continue
        reader = readers[card.geometry["channels"]]
        images = [clean for _, clean, *_ in list(reader)[: args.images]]
        psnr, move = np.array(list(changes(name, card.geometry, images))).T
        print(f"| {name} | {np.median(psnr):.1f} | {psnr.min():.1f} | {move.max():.2f} |")


if __name__ == "__main__":
    main()
