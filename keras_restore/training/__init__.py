"""The training loop that all recipes share. It takes objects and reads no flag."""

from keras_restore.training.batch_norm import reestimate_batch_norm
from keras_restore.training.half_summed_square import HalfSummedSquare
from keras_restore.training.initialize import initialize
from keras_restore.training.joint_loss import (
    CLASSIFICATION_WEIGHT,
    SEGMENTATION_WEIGHT,
    compile_cascade,
    joint_objective,
    vision_objective,
)
from keras_restore.training.muon import Muon
from keras_restore.training.objective import Objective
from keras_restore.training.pictures import pyplot, save_comparison, save_figure
from keras_restore.training.processes import is_first, is_loss_of_another, join
from keras_restore.training.psnr_loss import PsnrLoss
from keras_restore.training.start_from import start_from
from keras_restore.training.train import Evaluation, Result, train
from keras_restore.training.vision_evaluation import VisionEvaluation
from keras_restore.training.warmup_stable_decay import WarmupStableDecay
from keras_restore.training.workdir import Workdir

__all__ = [
    "CLASSIFICATION_WEIGHT",
    "Evaluation",
    "HalfSummedSquare",
    "Muon",
    "Objective",
    "PsnrLoss",
    "Result",
    "SEGMENTATION_WEIGHT",
    "VisionEvaluation",
    "WarmupStableDecay",
    "Workdir",
    "compile_cascade",
    "initialize",
    "is_first",
    "is_loss_of_another",
    "join",
    "joint_objective",
    "pyplot",
    "reestimate_batch_norm",
    "save_comparison",
    "save_figure",
    "start_from",
    "train",
    "vision_objective",
]
