"""From nothing to restored photos, in minutes on two cores: what `make demo` runs.

    python recipes/demo.py --workdir=runs/demo

1. Restores a real photo at once, with the shipped xDnCNN.
2. Trains a small xNet (3 convolutions) on photos that scikit-image carries, measures it on
   photos it has not seen, and exports it.
3. Runs the exported LiteRT file and compares it with the Keras model.

Noise has sigma 25. The run fails if the shipped model gains less than 8 dB over the noisy
photo, the trained one less than 6 dB, or the LiteRT file differs by more than 1e-5.
"""

import pathlib
import shutil

import numpy as np
import skimage
from absl import flags

from keras_restore_command import without_logs

with without_logs():
    import keras_restore
    from keras_restore import data, degradations, inference, models, protocols, recipe, training

SHIPPED_MODEL = "xdncnn_gray_sigma25"
TRAINING_PHOTOS = (
    *("brick.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png"),
    *("motorcycle_left.png", "rocket.jpg"),
)
HELD_OUT_PHOTOS = ("astronaut.png", "camera.png")

FLAGS = flags.FLAGS
recipe.define_flags(
    steps=800, batch_size=16, patch_size=48, schedule="cosine", final_learning_rate=1e-5
)


def main():
    path = pathlib.Path(FLAGS.workdir or "runs/demo")
    protocol = protocols.gray_denoising(sigma=25)
    photos = pathlib.Path(skimage.__file__).parent / "data"
    held_out = data.ImageSet.from_folder(photos, "gray", names=HELD_OUT_PHOTOS)

    print(f"\n1. The shipped {SHIPPED_MODEL} restores {held_out.names[0]} ...")
    shipped_picture = path.with_name(f"{path.name}_shipped.png")
    shipped_gain = restore_photo(held_out[0][1], protocol, shipped_picture)

    print("\n2. Training a small xNet on the photos of scikit-image ...")
    if (path / "checkpoint.weights.h5").exists() and not FLAGS.smoke:
        shutil.rmtree(path)
    workdir = training.Workdir(path, recipe.settings_from_flags())
    images = data.ImageSet.from_folder(photos, "gray", FLAGS.patch_size, TRAINING_PHOTOS)
    noise = degradations.GaussianNoise(sigma=25)
    model, result = recipe.train_from_flags(
        lambda: models.xnet(depth=3),
        images,
        noise,
        [training.Evaluation("held_out", held_out, protocol)],
        workdir,
    )
    noisy = np.mean([noisy_psnr(image, protocol, i) for i, (_, image) in enumerate(held_out)])
    restored = result.scores[f"held_out_{protocol.name}"]["psnr"]
    print(f"   held-out photos: noisy {noisy:.2f} dB, restored {restored:.2f} dB")

    print("\n3. Exporting it, and running the LiteRT file ...")
    recipe.finish(
        model, result, workdir, images, degradation=noise, task="gray denoising", sigma=noise.sigma
    )
    difference = litert_difference(model, workdir.path / "model.tflite", protocol, held_out[1][1])
    print(f"   largest difference to the Keras model: {difference:.1e}")

    print(f"\nClean | noisy | restored, by the shipped model: {shipped_picture}")
    print(f"The same for the new model, and its curves:     {workdir.pictures}")
    print(f"model.keras, saved_model/, model.tflite, card:  {workdir.path}")
    if FLAGS.smoke:
        return
    if shipped_gain < 8 or restored - noisy < 6 or difference > 1e-5:
        raise ValueError("The demo reached less than it promises; see the numbers above.")


def restore_photo(clean, protocol, picture):
    """Restores a noisy version of a photo with the shipped model; returns the gain in dB."""
    model = keras_restore.load(SHIPPED_MODEL)
    noisy = protocol.degrade(clean, 0)
    restored = keras_restore.restore(noisy, model)
    picture.parent.mkdir(parents=True, exist_ok=True)
    training.save_comparison(picture, clean, noisy, restored)
    before = noisy_psnr(clean, protocol, 0)
    after = protocol.score(clean, restored)["psnr"]
    print(f"   noisy {before:.2f} dB, restored {after:.2f} dB")
    return after - before


def noisy_psnr(clean, protocol, index):
    """PSNR of a photo after the protocol's noise."""
    return protocol.score(clean, protocol.degrade(clean, index))["psnr"]


def litert_difference(model, path, protocol, clean):
    """Largest difference between a LiteRT file and the Keras model on a noisy photo."""
    noisy = protocol.degrade(clean, 0)[None]
    return float(np.abs(inference.open_predictor(path)(noisy) - model(noisy)).max())


if __name__ == "__main__":
    recipe.run(main)
