"""Makes docs/degradations.png, the contact sheet of all degradations, from a photo.

Command: python docs/degradations.py

The photo is `skimage.data.chelsea` (CC0, Stefan van der Walt).
"""

import pathlib

import numpy as np
import skimage.data
from PIL import Image, ImageDraw, ImageFont

from keras_restore.degradations import (
    BicubicDownsample,
    BicubicDownUp,
    DiskBlur,
    GaussianBlur,
    GaussianNoise,
    Jpeg,
    MotionBlur,
    PoissonNoise,
    Rain,
    SaltAndPepper,
    Scratches,
    Sequence,
    Speckle,
    Text,
)

SIZE = 168
COLUMNS = 6
BAND = 18
ONCE = [GaussianBlur((0.6, 1.5)), GaussianNoise((5, 20)), Jpeg((30, 80))]
SHEET = [
    ("GaussianNoise(25)", GaussianNoise(25)),
    ("PoissonNoise(peak=30)", PoissonNoise(30)),
    ("SaltAndPepper(0.05)", SaltAndPepper(0.05)),
    ("Speckle(50)", Speckle(50)),
    ("GaussianBlur(2)", GaussianBlur(2)),
    ("DiskBlur(4)", DiskBlur(4)),
    ("MotionBlur(15, 45)", MotionBlur(15, 45)),
    ("BicubicDownsample(3)", BicubicDownsample(3)),
    ("BicubicDownUp(3)", BicubicDownUp(3)),
    ("Jpeg(10)", Jpeg(10)),
    ("Jpeg(30)", Jpeg(30)),
    ("Rain()", Rain()),
    ('Rain(blending="screen")', Rain((0.01, 0.02), (15, 25), 1, (75, 80), 0.6, blending="screen")),
    ("Text(10)", Text(10, count=12)),
    ("Text(20)", Text(20, count=6)),
    ("Scratches()", Scratches()),
    ("Sequence, 2nd order", Sequence([*ONCE, BicubicDownUp(2), *ONCE])),
]


def main():
    photo = skimage.data.chelsea()[10 : 10 + SIZE, 105 : 105 + SIZE]
    clean = (photo / np.float32(255))[None]
    tiles = [("clean", clean[0])]
    tiles += [(name, degrade(clean, (1, i))[0].numpy()) for i, (name, degrade) in enumerate(SHEET)]
    rows = -(-len(tiles) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (SIZE + 4) - 4, rows * (SIZE + BAND + 4) - 4), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for i, (name, image) in enumerate(tiles):
        x, y = i % COLUMNS * (SIZE + 4), i // COLUMNS * (SIZE + BAND + 4)
        pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
        sheet.paste(Image.fromarray(pixels), (x, y + BAND))
        draw.text((x + 2, y + 2), name, "black", font)
    path = pathlib.Path(__file__).with_suffix(".png")
    sheet.quantize(160, Image.Quantize.MEDIANCUT).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
