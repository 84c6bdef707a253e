"""Makes the picture at the top of the README: noisy | restored | clean.

python docs/denoised.py
"""

import pathlib

import numpy as np
import skimage
from PIL import Image

import keras_restore
from keras_restore import protocols
from keras_restore.data import read_image, to_float, to_uint8

TOP, LEFT, SIDE, GAP = 20, 100, 270, 6


def main():
    clean = to_float(read_image(pathlib.Path(skimage.__file__).parent / "data" / "chelsea.png", 3))
    protocol = protocols.color_denoising(sigma=25)
    noisy = protocol.degrade(clean, 0)
    restored = keras_restore.restore(noisy, "denoise_color", sigma=25)
    for name, image in (("noisy", noisy), ("restored", restored)):
        print(f"{name}: {protocol.score(clean, image)['psnr']:.2f} dB")
    parts = []
    for image in (noisy, restored, clean):
        parts += [image[TOP : TOP + SIDE, LEFT : LEFT + SIDE], np.ones((SIDE, GAP, 3))]
    pixels = to_uint8(np.concatenate(parts[:-1], axis=1))
    Image.fromarray(pixels).save(pathlib.Path(__file__).with_suffix(".jpg"), quality=92)


if __name__ == "__main__":
    main()
