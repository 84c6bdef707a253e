"""Makes the picture of the tasks, degraded | restored | clean, by the networks of the recipes.

python docs/tasks.py RUNS

RUNS is the folder with the work directories that docs/results/recipes.md has the commands of; the
photos are scikit-image's, which no network has seen.
"""

import pathlib
import sys

import numpy as np
import skimage
from PIL import Image

from keras_restore import data, degradations, inference, protocols
from keras_restore.ops.color import rounded_luma

SIDE, GAP = 200, 4
RAIN = degradations.Rain(*((0.001, 0.008), (15, 40), (0.5, 1.3), (65, 115), (0.2, 0.8)), layers=3)


def rain(clean, index):
    return np.clip(RAIN(clean[None], (0, index))[0], 0.0, 1.0)


# Work directory, photo, top and left of the crop, degradation.
ROWS = (
    ("xsrcnn_f_x3", "chelsea.png", 50, 120, protocols.luma_super_resolution(3).degradation),
    ("deblock_q10", "astronaut.png", 20, 130, protocols.luma_deblocking(10).degradation),
    ("deblur_disk", "coffee.png", 60, 150, protocols.deblurring("disk").degradation),
    ("deblur_motion", "rocket.jpg", 150, 200, protocols.deblurring("motion").degradation),
    (
        "deblur_gaussian",
        "motorcycle_left.png",
        200,
        200,
        protocols.deblurring("gaussian").degradation,
    ),
    ("derain", "astronaut.png", 20, 130, rain),
    ("inpaint_text10", "coffee.png", 60, 150, protocols.text_removal(10).degradation),
    ("inpaint_scratches", "chelsea.png", 50, 120, protocols.scratch_removal().degradation),
)


def main(runs):
    strips = []
    for name, photo, top, left, degrade in ROWS:
        model = inference.load(pathlib.Path(runs) / name / "model.keras")
        channels = model.input_shape[-1]
        path = pathlib.Path(skimage.__file__).parent / "data" / photo
        clean = data.to_float(data.read_image(path, 3))[
            top : top + SIDE + 2, left : left + SIDE + 2
        ]
        clean = rounded_luma(clean) if channels == 1 else clean
        height, width = (side // 3 * 3 for side in clean.shape[:2])
        clean = clean[:height, :width]
        degraded = degrade(clean, 0)
        restored = np.clip(model(degraded[None])[0], 0.0, 1.0)
        before, after = (10 * np.log10(1 / np.mean((x - clean) ** 2)) for x in (degraded, restored))
        print(f"{name}: {before:.2f} -> {after:.2f} dB")
        parts = []
        for image in (degraded, restored, clean):
            image = np.broadcast_to(image[:SIDE, :SIDE], (SIDE, SIDE, 3))
            parts += [image, np.ones((SIDE, GAP, 3))]
        strips.append(np.concatenate(parts[:-1], axis=1))
    half = (len(strips) + 1) // 2
    columns = []
    for part in (strips[:half], strips[half:]):
        rows = [row for strip in part for row in (strip, np.ones((GAP, strip.shape[1], 3)))]
        columns += [np.concatenate(rows[:-1]), np.ones((half * (SIDE + GAP) - GAP, 4 * GAP, 3))]
    pixels = data.to_uint8(np.concatenate(columns[:-1], axis=1))
    Image.fromarray(pixels).save(pathlib.Path(__file__).with_suffix(".jpg"), quality=92)


if __name__ == "__main__":
    main(sys.argv[1])
