"""Trains a denoiser for the network that looks at its images next: a classifier or a segmenter.

Paper: Liu et al., "When Image Denoising Meets High-Level Vision Tasks" (IJCAI 2018). A vision
network is trained on clean images, or loaded, and frozen. The denoiser is trained without it
("separate") and with it ("joint", loss = MSE + lambda * cross-entropy), for each noise level.

    python recipes/joint_vision.py --preset=cifar10 --train_dir=cifar10/train \\
        --val_dir=cifar10/test --workdir=runs/joint_cifar10
    python recipes/joint_vision.py --preset=camvid --train_dir=CamVid/train \\
        --val_dir=CamVid/test --workdir=runs/joint_camvid --cross_run=runs/joint_cifar10

--cross_run adds the paper's cross-task row: the denoisers of a run on the other task. It may be
given later, to a finished run: the same command with it only measures.

Data: class folders, as above; image and label-map folders (--train_labels, --train_list, ...;
the label maps of `train` are looked for in `trainannot`); or --tfds=NAME, prepared. The same
command continues a run that was stopped. The workdir holds at the end: results.md, .csv, .json
and .png, pictures/, vision/model.keras, separate_sigma30/model.keras, and in joint_sigma30/ the
joint denoiser: model.keras, saved_model/, model.tflite, card.json; in each of them log.csv and
curves.png.

Expected (paper, ILSVRC2012, VGG-16, top-1 at sigma 30): noisy 44.4, separate 62.7, joint 67.0,
cross-task 66.4. What was reached here is in docs/results/joint_vision.md.
"""

import math
import pathlib
import sys

from absl import flags

from keras_restore_command import without_logs

with without_logs():
    import keras

    from keras_restore import data, degradations, models, protocols, recipe, training
    from keras_restore.complete_path import complete_path
    from keras_restore.inference.keras_predictor import load_file
    from keras_restore.machine import machine
    from keras_restore.training import vision_network

MODEL = "model.keras"
# Spread of the grey levels of photographs.
GRAY_LEVELS = 64.0
# For minutes of training. The paper's lambda (0.25; 0.5) is of an MSE whose unit it does not say;
# with the MSE of images in [0, 1] and 300 steps at sigma 60 on CIFAR-10 it gave 39.9% and 13.8 dB,
# this one 49.1% and 21.2 dB, none 41.8% and 21.4 dB.
SHORT_RUN_LAMBDA = 0.01
CIFAR10 = {
    "task": "classification",
    "lambda": SHORT_RUN_LAMBDA,
    "vision_filters": 32,
    "vision_steps": 3000,
    "steps": 1200,
    "batch_size": 64,
    "patch_size": 32,
}
CAMVID = {
    "task": "segmentation",
    "lambda": SHORT_RUN_LAMBDA,
    "num_classes": 11,
    "ignore_class": 11,
    "vision_steps": 1500,
    "vision_batch_size": 8,
    "vision_learning_rate": 5e-4,
    "steps": 600,
    "batch_size": 8,
    "patch_size": 112,
}
# The denoiser as in Sec. 3.1; lambda as in Sec. 3.2. The paper leaves the length of the joint
# training open.
LIU = {
    "sigma": ["15", "30", "45", "60"],
    "filters": 64,
    "optimizer": "sgd",
    "schedule": "staircase",
    "learning_rate": 1e-4,
    "final_learning_rate": 1e-6,
    "steps": 1_500_000,
    "batch_size": 32,
}
IMAGENET = {
    **LIU,
    "task": "classification",
    "vision": "VGG16",
    "vision_weights": "imagenet",
    "short_side": 256,
    "patch_size": 224,
}
VOC = {
    **LIU,
    "task": "segmentation",
    "num_classes": 21,
    "ignore_class": 255,
    "vision_filters": 64,
    "vision_head_filters": 1024,
    "vision_steps": 20_000,
    "vision_batch_size": 20,
    "patch_size": 321,
}
PRESETS = {"camvid": CAMVID, "cifar10": CIFAR10, "imagenet": IMAGENET, "voc": VOC}

FLAGS = flags.FLAGS
flags.DEFINE_enum("task", "classification", ("classification", "segmentation"), "Vision task.")
flags.DEFINE_string(
    "vision",
    None,
    "Vision network: a .keras file, or the name of a network of keras.applications; without it a "
    "small VGG, or deeplab_largefov, that is trained here.",
)
flags.DEFINE_string(
    "vision_weights", None, "Weights of a keras.applications network: imagenet, or a file."
)
flags.DEFINE_integer("vision_filters", 16, "Channels of the first block of our own.", 1)
flags.DEFINE_integer("vision_head_filters", 128, "Channels of fc6 and fc7 of the segmenter.", 1)
flags.DEFINE_integer("vision_steps", 3000, "Training steps of the vision network.", 1)
flags.DEFINE_integer("vision_batch_size", 64, "Its batch size.", 1)
flags.DEFINE_float("vision_learning_rate", 2e-3, "Its learning rate at the start (AdamW).", 0.0)
flags.DEFINE_float("vision_weight_decay", 1e-2, "Its decoupled weight decay.", 0.0)
flags.DEFINE_float("lambda", None, "Weight of the vision loss; 0.25, or 0.5 for segmentation.")
flags.DEFINE_list("sigma", ["30", "60"], "Noise levels in grey levels of 255.")
flags.DEFINE_integer("filters", 16, "Channels of the denoiser's first layer, even.", 2)
flags.DEFINE_string("cross_run", None, "Workdir of a run of this recipe on the other task.")
flags.DEFINE_integer("num_classes", None, "Classes of the label maps.", 2)
flags.DEFINE_integer("ignore_class", None, "Label that counts nowhere: 11 CamVid, 255 VOC.", 0)
flags.DEFINE_string("train_labels", None, "Folder of label maps; default: --train_dir + annot.")
flags.DEFINE_string("val_labels", None, "Folder of label maps; default: --val_dir + annot.")
flags.DEFINE_string("val_list", None, "Text file with the names of --val_dir to use.")
flags.DEFINE_string("tfds", None, "Prepared TensorFlow dataset, in the place of the folders.")
flags.DEFINE_string("tfds_dir", None, "Its data_dir.")
flags.DEFINE_string("tfds_train", "train", "Its split to train on.")
flags.DEFINE_string("tfds_val", "test", "Its split to measure on.")
flags.DEFINE_string("tfds_label", "label", "Key of its labels.")
flags.DEFINE_integer("short_side", None, "Scales the shorter side of every image to this.", 1)
flags.DEFINE_integer("log_images", 300, "Images to measure on while training.", 1)
recipe.define_flags(steps=1200, batch_size=64, patch_size=32, learning_rate=4e-3, schedule="cosine")

# What `--smoke` makes of the recipe's own flags.
SMOKE = {
    "vision_steps": 4,
    "vision_batch_size": 2,
    "vision_filters": 4,
    "vision_head_filters": 8,
    "filters": 4,
    "sigma": ["30"],
}


def main():
    check_flags()
    sigmas = parse_sigmas()
    vision_weight = FLAGS["lambda"].value
    train_set, val_set = labelled_sets()
    settings = {k: v for k, v in recipe.settings_from_flags().items() if k != "cross_run"}
    workdir = training.Workdir(FLAGS.workdir, settings)
    vision = load_or_train_vision(workdir, settings, train_set, val_set)

    results = recipe.JointResults(vision, val_set, psnr_images=FLAGS.log_images)
    results.measure("clean", 0.0)
    for sigma in sigmas:
        results.measure("noisy", sigma)
        arguments = (workdir, settings, train_set, val_set, sigma)
        results.measure("separate", sigma, separate_denoiser(*arguments))
        results.measure("joint", sigma, joint_denoiser(*arguments, vision, vision_weight))
        if FLAGS.cross_run:
            cross = keras.saving.load_model(cross_file(sigma), compile=False)
            results.measure("cross-task", sigma, cross)
        results.save_picture(workdir.pictures / f"sigma{sigma:g}.png", sigma)
    results.write(
        workdir.path,
        {
            "command": " ".join(["python", *sys.argv]),
            "seed": FLAGS.seed,
            "lambda": vision_weight,
            "vision network": f"{vision.name}, {vision.count_params():,} parameters",
            "denoiser": f"denoising_unet(filters={FLAGS.filters}), {FLAGS.steps} steps",
            "images": f"{len(train_set)} to train on, {len(val_set)} to measure on",
            "training minutes": {
                stage.name: round(
                    training.Workdir(stage, settings).read_log()[-1]["seconds"] / 60, 1
                )
                for stage in sorted(workdir.path.glob("*_sigma*")) + [workdir.path / "vision"]
                if (stage / "log.csv").exists()
            },
            "machine": machine(),
        },
    )
    print((workdir.path / "results.md").read_text())
    print(f"Done. Everything is in {workdir.path}")


def check_flags():
    """Refuses what needs no data to be refused, and fills in what follows from the task."""
    if not FLAGS.workdir:
        raise ValueError("Give the directory of the run: --workdir=runs/NAME")
    segmentation = FLAGS.task == "segmentation"
    if FLAGS["lambda"].value is None:
        weight = training.SEGMENTATION_WEIGHT if segmentation else training.CLASSIFICATION_WEIGHT
        FLAGS["lambda"].value = weight
    weight = FLAGS["lambda"].value
    if not (weight >= 0 and math.isfinite(weight)):
        raise ValueError(f"--lambda must be a number of at least 0. Received: {weight}")
    if FLAGS.filters % 2:
        raise ValueError(f"--filters must be even. Received: {FLAGS.filters}")
    if FLAGS.vision_steps % FLAGS.log_every and not FLAGS.smoke:
        raise ValueError(f"--vision_steps must be a multiple of --log_every={FLAGS.log_every}")
    if FLAGS.smoke:
        for name, value in SMOKE.items():
            if not FLAGS[name].present:
                setattr(FLAGS, name, value)
    for sigma in parse_sigmas():
        if FLAGS.cross_run and not cross_file(sigma).exists():
            raise FileNotFoundError(
                f"--cross_run must hold the denoiser of a finished run: {cross_file(sigma)}"
            )
    if (
        FLAGS.vision
        and not is_file(FLAGS.vision)
        and not vision_network.is_application(FLAGS.vision)
    ):
        raise ValueError(
            "--vision must be a .keras file that exists or a network of keras.applications. "
            f"Received: {FLAGS.vision}"
        )


def parse_sigmas():
    """The flag as a list of numbers."""
    try:
        sigmas = [float(level) for level in FLAGS.sigma]
    except ValueError:
        sigmas = []
    if not sigmas or not all(0 < sigma < 1000 for sigma in sigmas):
        raise ValueError(
            f"--sigma must be positive numbers such as 30,60. Received: {','.join(FLAGS.sigma)}"
        )
    return sigmas


def cross_file(sigma):
    return pathlib.Path(FLAGS.cross_run) / f"joint_sigma{sigma:g}" / MODEL


# === Data ===


def labelled_sets():
    """Returns the sets to train on and to measure on, as `data.LabelledSet`."""
    if FLAGS.tfds:
        return tfds_set(FLAGS.tfds_train), tfds_set(FLAGS.tfds_val, crop=evaluation_crop())
    if FLAGS.smoke and not FLAGS.train_dir:
        return made_up_set(0), made_up_set(1)
    for name in ("train_dir", "val_dir"):
        if len(FLAGS[name].value) != 1:
            raise ValueError(f"Give one --{name}=FOLDER of labelled images, or --tfds=NAME.")
    train_dir, val_dir = FLAGS.train_dir[0], FLAGS.val_dir[0]
    if FLAGS.task == "segmentation":
        return (
            label_map_set(train_dir, FLAGS.train_labels, FLAGS.train_list),
            label_map_set(val_dir, FLAGS.val_labels, FLAGS.val_list),
        )
    classes = data.class_names(train_dir)
    return (
        data.LabelledSet.from_class_folders(train_dir, classes, FLAGS.short_side),
        data.LabelledSet.from_class_folders(
            val_dir, classes, FLAGS.short_side, crop=evaluation_crop()
        ),
    )


def evaluation_crop():
    """A classifier sees the middle of an image, as large as what it was trained on."""
    return FLAGS.patch_size if FLAGS.task == "classification" else None


def label_map_set(folder, labels, names):
    if FLAGS.num_classes is None:
        raise ValueError("Give the number of classes of the label maps: --num_classes")
    return data.LabelledSet.from_label_maps(
        folder,
        labels or f"{folder.rstrip('/')}annot",
        FLAGS.num_classes,
        FLAGS.ignore_class,
        pathlib.Path(names).read_text().split() if names else None,
        FLAGS.short_side,
    )


def tfds_set(split, crop=None):
    import keras_restore.data.tfds  # noqa: F401 - ours can be named, too

    reader = data.TfdsReader(FLAGS.tfds, split, other=FLAGS.tfds_label, data_dir=FLAGS.tfds_dir)
    num_classes = FLAGS.num_classes or reader.num_classes
    if num_classes is None:
        raise ValueError(f"{FLAGS.tfds} does not say its number of classes: give --num_classes")
    return data.LabelledSet.from_reader(
        reader, num_classes, FLAGS.ignore_class, FLAGS.short_side, crop
    )


def made_up_set(seed):
    """Made-up pictures; the class is the brightest channel, of the picture or of the pixel."""

    def examples():
        for name, image in data.synthetic_images(6, 24, channels=3, seed=seed):
            classes = image.argmax(axis=2) if FLAGS.task == "segmentation" else image.mean((0, 1))
            label = classes if FLAGS.task == "segmentation" else classes.argmax()
            yield name, data.to_uint8(image), label

    return data.LabelledSet(examples(), 3)


# === Vision network ===


def load_or_train_vision(workdir, settings, train_set, val_set):
    """Loads the vision network, or trains it on clean images, and checks that it fits."""
    if FLAGS.vision and is_file(FLAGS.vision):
        vision = load_file(FLAGS.vision)
    elif FLAGS.vision and FLAGS.vision_weights:
        vision = application(train_set)
    else:
        vision = trained_vision_network(workdir, settings, train_set, val_set)
    vision_network.check_vision_network(vision, train_set, FLAGS.patch_size)
    return vision


def trained_vision_network(workdir, settings, train_set, val_set):
    stage = training.Workdir(workdir.path / "vision", settings)

    def build():
        if FLAGS.vision:
            return application(train_set)
        if train_set.per_pixel:
            segmenter = models.deeplab_largefov(
                num_classes=train_set.num_classes,
                filters=FLAGS.vision_filters,
                head_filters=FLAGS.vision_head_filters,
            )
            # Its input is in grey levels of 255, for Caffe's weights; ours start from none.
            first = segmenter.get_layer("conv1_1").kernel
            first.assign(first / GRAY_LEVELS)
            return segmenter
        return vision_network.small_vgg(train_set.num_classes, FLAGS.vision_filters)

    def labels_of_clean_images(patches, seed):
        return train_set.split(patches)

    rate = keras.optimizers.schedules.CosineDecay(FLAGS.vision_learning_rate, FLAGS.vision_steps)
    return trained(
        stage,
        build,
        lambda model: model,
        train_set,
        labels_of_clean_images,
        evaluations=[vision_evaluation(val_set, 0.0)],
        make_objective=lambda: training.vision_objective(True, train_set.ignore_class),
        make_optimizer=lambda: keras.optimizers.AdamW(rate, FLAGS.vision_weight_decay),
        steps=FLAGS.vision_steps,
        batch_size=FLAGS.vision_batch_size,
    )


def is_file(name):
    return pathlib.Path(name).suffix == ".keras" and pathlib.Path(name).is_file()


def application(train_set):
    return vision_network.application(
        FLAGS.vision, FLAGS.vision_weights, FLAGS.patch_size, train_set.num_classes
    )


# === Denoisers ===


def separate_denoiser(workdir, settings, train_set, val_set, sigma):
    """Trains the denoiser without the vision network: lambda = 0."""
    noise = degradations.GaussianNoise(sigma)

    def noisy_and_clean(patches, seed):
        clean, _ = train_set.split(patches)
        return noise(clean, seed), clean

    return trained(
        training.Workdir(workdir.path / f"separate_sigma{sigma:g}", settings),
        lambda: models.denoising_unet(filters=FLAGS.filters),
        lambda model: model,
        train_set,
        noisy_and_clean,
        evaluations=[restoration_evaluation(val_set, sigma)],
        make_objective=lambda: "mse",
    )


def joint_denoiser(workdir, settings, train_set, val_set, sigma, vision, vision_weight):
    """Trains the denoiser before the frozen vision network, and exports it."""
    noise = degradations.GaussianNoise(sigma)
    stage = training.Workdir(workdir.path / f"joint_sigma{sigma:g}", settings)

    def noisy_clean_and_label(patches, seed):
        clean, label = train_set.split(patches)
        return noise(clean, seed), {"restored": clean, "prediction": label}

    def save(denoiser, result):
        recipe.finish(
            denoiser,
            result,
            stage,
            train_set,
            degradation=noise,
            task=f"colour denoising for {FLAGS.task}",
            sigma=noise.sigma,
            more={"source": "Liu et al., IJCAI 2018"},
        )

    return trained(
        stage,
        lambda: models.cascade(models.denoising_unet(filters=FLAGS.filters), vision),
        lambda cascade: cascade.get_layer("denoising_unet"),
        train_set,
        noisy_clean_and_label,
        evaluations=[
            restoration_evaluation(val_set, sigma),
            vision_evaluation(val_set, sigma),
        ],
        make_objective=lambda: training.joint_objective(
            vision_weight, not vision_network.ends_in_softmax(vision), train_set.ignore_class
        ),
        save=save,
        finished="card.json",
    )


def trained(
    stage,
    build,
    chosen,
    train_set,
    degradation,
    evaluations,
    make_objective,
    make_optimizer=recipe.make_optimizer,
    steps=None,
    batch_size=None,
    save=None,
    finished=MODEL,
):
    """Trains one stage in its own workdir and saves it; loads it where it is finished."""
    if (stage.path / finished).exists():
        return keras.saving.load_model(stage.path / MODEL, compile=False)
    recipe.set_up()
    with recipe.make_strategy().scope():
        model = build()
        result = training.train(
            model,
            train_set.images,
            degradation,
            workdir=stage,
            optimizer=make_optimizer(),
            loss=make_objective(),
            steps=steps or FLAGS.steps,
            batch_size=batch_size or FLAGS.batch_size,
            patch_size=FLAGS.patch_size,
            seed=FLAGS.seed,
            evaluations=evaluations,
            placement=FLAGS.placement,
            log_every=FLAGS.log_every,
            eval_every=FLAGS.eval_every,
            callbacks=recipe.make_callbacks(stage),
            # A vision network knows the world upright.
            variants=2,
        )
    model = chosen(model)
    if save:
        save(model, result)
    else:
        with complete_path(stage.path / MODEL) as partial:
            model.save(partial)
    return model


def restoration_evaluation(val_set, sigma):
    images = [(name, clean) for name, clean, _ in val_set.some(FLAGS.log_images // 10 or 1)]
    return training.Evaluation("images", images, protocols.color_denoising(sigma))


def vision_evaluation(val_set, sigma):
    protocol = protocols.segmentation if val_set.per_pixel else protocols.classification
    some = val_set.some(FLAGS.log_images)
    return training.VisionEvaluation("images", some, protocol(sigma), batch_size=50)


if __name__ == "__main__":
    recipe.run(main, PRESETS)
