"""The training loop that all recipes share."""

from keras_restore.training.batch_norm import reestimate_batch_norm
from keras_restore.training.flags import (
    define_flags,
    make_callbacks,
    make_optimizer,
    make_strategy,
    set_up,
    settings_from_flags,
)
from keras_restore.training.joint_loss import (
    CLASSIFICATION_WEIGHT,
    SEGMENTATION_WEIGHT,
    compile_cascade,
)
from keras_restore.training.pictures import save_comparison, save_curves
from keras_restore.training.recipe import (
    open_workdir,
    run,
    train_from_flags,
    training_card,
    training_images,
    validation_sets,
)
from keras_restore.training.spine import Evaluation, Result, train
from keras_restore.training.trainer import Trainer
from keras_restore.training.workdir import Workdir

__all__ = [
    "CLASSIFICATION_WEIGHT",
    "Evaluation",
    "Result",
    "SEGMENTATION_WEIGHT",
    "Trainer",
    "Workdir",
    "compile_cascade",
    "define_flags",
    "make_callbacks",
    "make_optimizer",
    "make_strategy",
    "open_workdir",
    "reestimate_batch_norm",
    "run",
    "save_comparison",
    "save_curves",
    "set_up",
    "settings_from_flags",
    "train",
    "train_from_flags",
    "training_card",
    "training_images",
    "validation_sets",
]
