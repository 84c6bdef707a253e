"""Large sets of images as sharded TFRecord files."""

import io
import json
import pathlib

import tensorflow as tf
import tqdm
from PIL import Image

from keras_restore.complete_path import complete_path
from keras_restore.data.image_files import SUFFIXES, list_files, read_image
from keras_restore.ops.checks import check_positive

MANIFEST = "manifest.json"


def write_tfrecords(folder, output, shards=16, channels=None, min_size=1):
    """Decodes, checks and stores the images of a folder in TFRecord files.

    Each image is decoded once, as `read_image` does (upright, any mode), and stored as PNG at
    its bit depth. What cannot be used is skipped, counted and named in the manifest. The folder
    appears when it is complete.

    Args:
        folder: Path; subfolders are included.
        output: Path of a new or empty folder.
        shards: Number of files; image i goes into shard i modulo `shards`.
        channels: 1 or 3, or None for what each file has.
        min_size: Smallest height and width in pixels.

    Returns:
        The manifest, a dictionary: "images", "shards", "skipped" (pairs of path and reason).

    Raises:
        FileNotFoundError: If the folder does not exist.
        FileExistsError: If the output holds something already.
        ValueError: If `shards` is not positive or no image is usable.

    Example:

    >>> write_tfrecords("flickr", "records", shards=64, min_size=96)["images"]
    """
    check_positive(shards=shards)
    files, output = list_files(folder), pathlib.Path(output)
    if output.exists() and any(output.iterdir()):
        raise FileExistsError(f"{str(output)!r} is not empty.")
    with complete_path(output) as partial:
        return _write(partial, folder, files, shards, channels, min_size)


def _write(partial, folder, files, shards, channels, min_size):
    partial.mkdir()
    names = [f"images-{i:05d}-of-{shards:05d}.tfrecord" for i in range(shards)]
    writers = [tf.io.TFRecordWriter(str(partial / name)) for name in names]
    count, skipped = 0, []
    for path in tqdm.tqdm(files, desc="storing", unit="image", leave=False, disable=None):
        try:
            if path.suffix.lower() not in SUFFIXES:
                raise ValueError(f"not an image file ({path.suffix or 'no suffix'})")
            pixels = read_image(path, channels)
            if min(pixels.shape[:2]) < min_size:
                height, width = pixels.shape[:2]
                raise ValueError(f"{height} x {width} is smaller than {min_size} pixels")
        except ValueError as error:
            skipped.append([str(path), str(error)])
            continue
        writers[count % shards].write(_example(str(path.relative_to(folder)), pixels))
        count += 1
    for writer in writers:
        writer.close()
    if not count:
        raise ValueError(
            f"There is no usable image in {str(folder)!r}; {len(skipped)} files were skipped"
            + (f", the first {skipped[0][0]}: {skipped[0][1]}" if skipped else "")
        )
    manifest = {"images": count, "shards": shards, "skipped": skipped}
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def read_tfrecords(folder, channels):
    """Reads the images that `write_tfrecords` stored, in parallel and in a fixed order.

    Args:
        folder: Path.
        channels: 1 or 3: what the images are converted to.

    Returns:
        `tf.data.Dataset` of `(name, image)`, float32 in [0, 1], `(height, width, channels)`.

    Raises:
        ValueError: If the folder is not complete: no manifest, or not all its shards.

    Example:

    >>> names_and_images = read_tfrecords("flickr_records", channels=3)
    """
    folder = pathlib.Path(folder)
    if not (folder / MANIFEST).is_file():
        raise ValueError(f"{str(folder)!r} has no {MANIFEST}: write_tfrecords did not finish.")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    shards = sorted(str(path) for path in folder.glob("images-*.tfrecord"))
    if len(shards) != manifest["shards"]:
        raise ValueError(
            f"{str(folder)!r} must hold {manifest['shards']} shards. Received: {len(shards)}"
        )
    features = {
        "name": tf.io.FixedLenFeature([], tf.string),
        "png": tf.io.FixedLenFeature([], tf.string),
        "deep": tf.io.FixedLenFeature([], tf.int64),
    }

    def decode(record):
        example = tf.io.parse_single_example(record, features)

        def of(dtype, peak):
            return lambda: tf.cast(tf.io.decode_png(example["png"], 0, dtype), tf.float32) / peak

        image = tf.cond(example["deep"] > 0, of(tf.uint16, 65535.0), of(tf.uint8, 255.0))
        image.set_shape((None, None, None))
        stored = tf.shape(image)[2]
        if channels == 3:
            image = tf.tile(image, [1, 1, 3 // stored])
        else:
            image = tf.cond(
                stored == 1, lambda: image, lambda: tf.image.rgb_to_grayscale(image[..., :3])
            )
        return example["name"], tf.ensure_shape(image, (None, None, channels))

    dataset = tf.data.Dataset.from_tensor_slices(shards).interleave(
        tf.data.TFRecordDataset, cycle_length=len(shards), block_length=1
    )
    return dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _example(name, pixels):
    file = io.BytesIO()
    deep = pixels.dtype == "uint16"
    if deep:
        file.write(tf.io.encode_png(pixels).numpy())
    else:
        Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")

    def bytes_feature(value):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    feature = {
        "name": bytes_feature(name.encode()),
        "png": bytes_feature(file.getvalue()),
        "deep": tf.train.Feature(int64_list=tf.train.Int64List(value=[int(deep)])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
