"""What recipes call: flags and what they stand for, the experiment, studies and their reports."""

from keras_restore.recipe.experiment import (
    evaluations,
    experiment,
    finish,
    open_workdir,
    train_from_flags,
    training_images,
)
from keras_restore.recipe.flags import (
    FAST,
    define_flags,
    define_network,
    make_callbacks,
    make_network,
    make_optimizer,
    make_strategy,
    networks,
    number_or_range,
    set_up,
    settings_from_flags,
)
from keras_restore.recipe.joint_results import JointResults
from keras_restore.recipe.run import run
from keras_restore.recipe.study import (
    TWO_CORES,
    Outcome,
    StudyNetwork,
    best_of,
    finish_best,
    run_study,
    trainable_parameters,
)
from keras_restore.recipe.study_report import Panel, save_panels, training_curves, write_results

__all__ = [
    "FAST",
    "JointResults",
    "Outcome",
    "Panel",
    "StudyNetwork",
    "TWO_CORES",
    "best_of",
    "define_flags",
    "define_network",
    "evaluations",
    "experiment",
    "finish",
    "finish_best",
    "make_callbacks",
    "make_network",
    "make_optimizer",
    "make_strategy",
    "networks",
    "number_or_range",
    "open_workdir",
    "run",
    "run_study",
    "save_panels",
    "set_up",
    "settings_from_flags",
    "train_from_flags",
    "trainable_parameters",
    "training_curves",
    "training_images",
    "write_results",
]
