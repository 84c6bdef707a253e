"""The training loop that all recipes share."""

from keras_restore.training.batch_norm import reestimate_batch_norm
from keras_restore.training.flags import (
    define_flags,
    define_network,
    make_callbacks,
    make_network,
    make_optimizer,
    make_strategy,
    number_or_range,
    set_up,
    settings_from_flags,
)
from keras_restore.training.half_summed_square import HalfSummedSquare
from keras_restore.training.initialise import initialise
from keras_restore.training.joint_loss import (
    CLASSIFICATION_WEIGHT,
    SEGMENTATION_WEIGHT,
    compile_cascade,
    joint_objective,
    vision_objective,
)
from keras_restore.training.objective import Objective
from keras_restore.training.pictures import pyplot, save_comparison, save_curves, save_figure
from keras_restore.training.recipe import (
    evaluations,
    open_workdir,
    run,
    train_from_flags,
    training_card,
    training_images,
)
from keras_restore.training.spine import Evaluation, Result, train
from keras_restore.training.study import (
    TWO_CORES,
    Outcome,
    StudyNetwork,
    best_of,
    run_study,
    trainable_parameters,
)
from keras_restore.training.study_report import (
    Panel,
    save_panels,
    training_curves,
    write_results,
)
from keras_restore.training.trainer import Trainer
from keras_restore.training.vision_evaluation import VisionEvaluation
from keras_restore.training.workdir import Workdir

__all__ = [
    "CLASSIFICATION_WEIGHT",
    "Evaluation",
    "HalfSummedSquare",
    "Objective",
    "Outcome",
    "Panel",
    "Result",
    "SEGMENTATION_WEIGHT",
    "StudyNetwork",
    "TWO_CORES",
    "Trainer",
    "VisionEvaluation",
    "Workdir",
    "best_of",
    "compile_cascade",
    "define_flags",
    "define_network",
    "evaluations",
    "initialise",
    "joint_objective",
    "make_callbacks",
    "make_network",
    "make_optimizer",
    "make_strategy",
    "number_or_range",
    "open_workdir",
    "pyplot",
    "reestimate_batch_norm",
    "run",
    "run_study",
    "save_comparison",
    "save_curves",
    "save_figure",
    "save_panels",
    "set_up",
    "settings_from_flags",
    "train",
    "train_from_flags",
    "trainable_parameters",
    "training_card",
    "training_curves",
    "training_images",
    "write_results",
    "vision_objective",
]
