"""The shared loop trains a cascade: what learns, what the log says, and to the same end."""

import keras
import numpy as np
import pytest

from keras_restore import data, degradations, models, protocols, training


def labelled_set():
    examples = [
        (name, data.to_uint8(image), image.argmax(axis=2))
        for name, image in data.synthetic_images(3, 24, channels=3)
    ]
    return data.LabelledSet(examples, 3)


def joint_run(path, callbacks=()):
    keras.utils.set_random_seed(0)
    labelled = labelled_set()
    vision = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(4, 3, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Conv2D(3, 3, padding="same"),
        ]
    )
    denoiser = models.dncnn(3, depth=3, filters=4)
    noise = degradations.GaussianNoise(30)

    def degrade(patches, seed):
        clean, label = labelled.split(patches)
        return noise(clean, seed), {"restored": clean, "prediction": label}

    cascade = models.cascade(denoiser, vision)
    before = [w.numpy() for w in vision.weights]
    images = [(name, clean) for name, clean, _ in labelled]
    result = training.train(
        cascade,
        labelled.images,
        degrade,
        workdir=training.Workdir(path, {}),
        optimizer=keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.5),
        loss=training.joint_objective(0.5),
        steps=4,
        batch_size=2,
        patch_size=16,
        seed=0,
        evaluations=[
            training.Evaluation("images", images, protocols.color_denoising(30)),
            training.VisionEvaluation("images", labelled, protocols.segmentation(30), 2),
        ],
        log_every=2,
        eval_every=4,
        callbacks=callbacks,
        variants=2,
    )
    for a, b in zip(before, vision.weights, strict=True):
        np.testing.assert_array_equal(a, b.numpy())
    return result, [w.numpy() for w in denoiser.weights]


class Interrupt(keras.callbacks.Callback):
    """Ends the run at the third step, after the checkpoint of the second."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 3:
            raise KeyboardInterrupt


def test_an_interrupted_joint_run_ends_bit_equal(tmp_path):
    result, undisturbed = joint_run(tmp_path / "a")
    with pytest.raises(KeyboardInterrupt):
        joint_run(tmp_path / "b", [Interrupt()])
    continued, weights = joint_run(tmp_path / "b")
    for a, b in zip(undisturbed, weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert continued.scores == result.scores

    rows = training.Workdir(tmp_path / "b", {}).read_log()
    assert [row["step"] for row in rows] == [2, 4]
    for row in rows:
        parts = row["restored_loss"] + 0.5 * row["prediction_loss"]
        assert row["loss"] == pytest.approx(parts, rel=1e-4)
        assert 0 <= row["prediction_accuracy"] <= 1
    last = rows[-1]
    assert last["images_segmentation_sigma30_mean_iou"] == pytest.approx(
        continued.scores["images_segmentation_sigma30"]["mean_iou"], rel=1e-5
    )
    assert "images_color_sigma30_psnr" in last
    assert (tmp_path / "b" / "curves.png").stat().st_size > 1000


def test_accuracy_leaves_void_out():
    metric = training.vision_objective(ignore_class=2).metrics[0]
    labels = np.array([[0, 1, 2, 2]])
    scores = np.eye(2, dtype=np.float32)[np.array([[0, 0, 1, 1]])]
    metric.update_state(labels, scores)
    assert float(metric.result()) == pytest.approx(0.5)


def test_lambda_must_not_be_negative():
    for weight in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="`vision_weight` must be at least 0"):
            training.joint_objective(weight)
