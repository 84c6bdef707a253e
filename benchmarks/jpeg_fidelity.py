"""Measures how far `Jpeg` is from libjpeg, quality by quality, on photos.

Command: python -P benchmarks/jpeg_fidelity.py FOLDER ... (scikit-image's photos without arguments)

For each quality: the largest |PSNR(clean, ours) - PSNR(clean, libjpeg)| and the smallest
PSNR(ours, libjpeg) of all photos, in dB, where libjpeg is Pillow's.
"""

import io
import sys

import numpy as np
import skimage.data
import tensorflow as tf
from PIL import Image

from keras_restore.data import list_images, read_image
from keras_restore.degradations import Jpeg

QUALITIES = (5, 10, 20, 30, 40, 60, 80, 95)
CODES = {"gray": -1, "4:4:4": 0, "4:2:0": 2}


def photos(folders):
    if folders:
        return [read_image(path) for folder in folders for path in list_images(folder)]
    names = ("astronaut", "chelsea", "coffee", "rocket", "camera", "moon", "coins")
    images = [getattr(skimage.data, name)() for name in names]
    return [image if image.ndim == 3 else image[..., None] for image in images]


def libjpeg(pixels, quality, code):
    file = io.BytesIO()
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    image.save(file, "JPEG", quality=quality, subsampling=code)
    return np.asarray(Image.open(file)).reshape(pixels.shape)


def psnr(a, b):
    square = np.mean((a.astype(np.float64) - b) ** 2)
    return 10 * np.log10(255**2 / max(square, 1e-9))


def main(folders):
    images = photos(folders)
    print("| kind | quality | largest PSNR difference | smallest agreement |\n|---|---|---|---|")
    for kind, code in CODES.items():
        for quality in QUALITIES:
            differences, agreements = [], []
            for pixels in images:
                if kind == "gray":
                    pixels = pixels if pixels.shape[2] == 1 else pixels[..., 1:2]
                elif pixels.shape[2] == 1:
                    continue
                jpeg = Jpeg(quality, kind if kind != "gray" else "4:2:0")
                found = jpeg(tf.constant(pixels[None] / np.float32(255)), (0, 0))[0] * 255
                expected = libjpeg(pixels, quality, code)
                differences.append(abs(psnr(pixels, found) - psnr(pixels, expected)))
                agreements.append(psnr(found.numpy(), expected))
            print(f"| {kind} | {quality} | {max(differences):.4f} | {min(agreements):.1f} |")


if __name__ == "__main__":
    main(sys.argv[1:])
