"""The cascade: both losses weigh as lambda says, and only the denoiser learns."""

import keras
import numpy as np
import pytest

from keras_restore import layers, models
from keras_restore.training import compile_cascade

IMAGES = np.random.default_rng(0).uniform(size=(4, 10, 9, 3)).astype(np.float32)
CLEAN = np.random.default_rng(1).uniform(size=(4, 10, 9, 3)).astype(np.float32)
LABELS = np.array([0, 1, 2, 1])


def classifier():
    """With the two layers that behave otherwise in training."""
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(6, 3),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Dropout(0.5),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
    )
    generator = np.random.default_rng(2)
    for weight in model.weights:
        weight.assign(generator.uniform(0.2, 1.0, weight.shape))
    return model


def values(model):
    return [w.numpy().copy() for w in model.weights]


def changed(before, after):
    return [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]


def step(model, vision_weight, **kwargs):
    compile_cascade(model, keras.optimizers.SGD(0.1), vision_weight, **kwargs)
    targets = {"restored": CLEAN, "prediction": LABELS}
    return model.train_on_batch(IMAGES, targets, return_dict=True)


@pytest.mark.parametrize("thaw", [False, True])
def test_only_the_denoiser_learns(thaw):
    denoiser, vision_model = models.dncnn(3, depth=4, filters=4), classifier()
    model = models.cascade(denoiser, vision_model)
    if thaw:
        model.trainable = True
    before, vision_before = values(denoiser), values(vision_model)
    step(model, 0.25)
    assert not any(changed(vision_before, values(vision_model)))
    assert all(changed(before, values(denoiser)))


def test_losses_weigh_as_lambda_says():
    """With NumPy: the denoiser has no batch norm, so its output does not depend on the mode."""
    for vision_weight in (0.0, 0.25, 2.0):
        denoiser, vision_model = models.dncnn(3, depth=3, filters=4, batch_norm=False), classifier()
        model = models.cascade(denoiser, vision_model)
        restored = denoiser(IMAGES).numpy().astype(np.float64)
        logits = vision_model(restored, training=False).numpy().astype(np.float64)
        mse = np.mean((restored - CLEAN) ** 2)
        log_sum = np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1)) + logits.max(1)
        cross_entropy = np.mean(log_sum - logits[np.arange(4), LABELS])
        logs = step(model, vision_weight)
        np.testing.assert_allclose(logs["loss"], mse + vision_weight * cross_entropy, rtol=1e-5)
        np.testing.assert_allclose(logs["restored_loss"], mse, rtol=1e-5)
        np.testing.assert_allclose(logs["prediction_loss"], cross_entropy, rtol=1e-5)


def test_the_vision_loss_reaches_the_denoiser():
    updates = []
    for vision_weight in (0.0, 0.5):
        keras.utils.set_random_seed(0)
        denoiser = models.dncnn(3, depth=3, filters=4, batch_norm=False)
        step(models.cascade(denoiser, classifier()), vision_weight)
        updates.append(values(denoiser))
    assert any(changed(*updates))


def test_frozen_after_loading(tmp_path):
    model = models.cascade(models.dncnn(3, depth=3, filters=4), classifier())
    model.save(tmp_path / "cascade.keras")
    loaded = keras.saving.load_model(tmp_path / "cascade.keras")
    loaded.trainable = True
    expected, found = model(IMAGES), loaded(IMAGES, training=False)
    for name in ("restored", "prediction"):
        np.testing.assert_array_equal(found[name], expected[name])
    frozen = loaded.get_layer("vision").network
    before = values(frozen)
    step(loaded, 0.5)
    assert not any(changed(before, values(frozen)))


def test_segmentation_ignores_void():
    vision_model = models.deeplab_largefov(num_classes=3, filters=4, head_filters=8)
    model = models.cascade(models.dncnn(3, depth=3, filters=4), vision_model)
    labels = np.random.default_rng(3).integers(0, 3, (4, 10, 9))
    labels[:, :5] = 255
    compile_cascade(model, "sgd", 0.5, ignore_class=255)
    logs = model.train_on_batch(IMAGES, {"restored": CLEAN, "prediction": labels}, return_dict=True)
    assert np.isfinite(logs["loss"])


def test_bad_arguments():
    denoiser = models.dncnn(1, depth=3, filters=4)
    with pytest.raises(ValueError, match="`vision_model` must take images of 1 channels"):
        models.cascade(denoiser, classifier())
    with pytest.raises(ValueError, match="`denoiser`"):
        models.cascade(layers.PixelShuffle(2), classifier())
    with pytest.raises(ValueError, match="`vision_weight`"):
        compile_cascade(
            models.cascade(models.dncnn(3, depth=3, filters=4), classifier()), "sgd", -1
        )
    with pytest.raises(ValueError, match="`network`"):
        layers.Frozen("vgg16")
    with pytest.raises(ValueError, match="`scale`"):
        layers.PixelShuffle(0)
    with pytest.raises(ValueError, match="multiple of `scale` squared"):
        layers.PixelShuffle(2)(np.zeros((1, 2, 2, 3), np.float32))
