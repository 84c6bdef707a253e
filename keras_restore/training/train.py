"""The one training loop that all recipes share. It receives objects and chooses nothing."""

import dataclasses

import keras
import tensorflow as tf

from keras_restore import metrics, protocols
from keras_restore.data import TellSigma, describe_skipped, training_dataset
from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.models.noise_level import takes_sigma
from keras_restore.training.batch_norm import batch_norms, use_evaluation_weights
from keras_restore.training.callbacks import (
    Checkpoint,
    Evaluate,
    Log,
    Progress,
    StopOnNaN,
    log_columns,
)
from keras_restore.training.objective import Objective
from keras_restore.training.pictures import save_comparison, save_curves
from keras_restore.training.processes import check_same_step, own_part
from keras_restore.training.trainer import Trainer

# Batches over which batch norm statistics are re-estimated.
STATISTICS_BATCHES = 20


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """A set of images and the protocol to measure a model on it.

    Attributes:
        name: Of the set, "Set12".
        images: List of `(name, float32 image in [0, 1])`, or an `ImageSet`.
        protocol: An object of `keras_restore.protocols`.
    """

    OUTPUT = "restored"

    name: str
    images: object
    protocol: object

    @property
    def label(self):
        """Name of the set and the protocol, "Set12_gray_sigma25"."""
        return f"{self.name}_{self.protocol.name}"

    @property
    def metrics(self):
        """Dictionary from the names of the numbers that go into the log to words for people."""
        return {metric.name: metric.title() for metric in self.protocol.metrics}

    def measure(self, predict, picture_path):
        """Measures a model on the images and saves a picture of the first.

        Args:
            predict: Function from a batch to the output named `OUTPUT`.
            picture_path: Path of the picture.

        Returns:
            Dictionary of the means of the protocol's metrics.
        """

        def picture(_, clean, degraded, restored):
            if not picture_path.exists():
                save_comparison(picture_path, clean, degraded, restored)

        picture_path.unlink(missing_ok=True)
        rows = protocols.evaluate(predict, self.images, self.protocol, observe=picture)
        return self.protocol.summary(rows)


@dataclasses.dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        scores: Dictionary from an evaluation's label to the means of its metrics, and the same of
            the degraded images.
        seconds: Duration over all the sittings of the run.
        steps: Number of steps.
    """

    scores: dict
    seconds: float
    steps: int


def train(
    model,
    images,
    degradation,
    *,
    workdir,
    optimizer,
    loss,
    steps,
    batch_size,
    patch_size,
    seed,
    evaluations=(),
    placement="map",
    log_every=100,
    eval_every=1000,
    callbacks=(),
    variants=8,
):
    """Trains a model, continuing where the workdir's checkpoint is, and measures it.

    At the end the model holds its evaluation weights: the exponential average, where the
    optimizer keeps one, with batch norm statistics re-estimated. The workdir holds settings,
    `log.csv`, `curves.png`, `pictures/` and the checkpoint.

    Args:
        model: The `keras.Model`, built under the strategy it is to be trained with.
        images: An `ImageSet`.
        degradation: A degradation, or a callable that also makes the target, see
            `keras_restore.data.training_dataset`. A model that takes "sigma" is told what it did.
        workdir: A `Workdir`.
        optimizer: A Keras optimizer.
        loss: A Keras loss, or its name; or an `Objective`, where the target is not an image or
            the model has several outputs. Without one the log shows the PSNR.
        steps: Number of steps, a multiple of `log_every`.
        batch_size: Patches a step, over all replicas.
        patch_size: Height and width of the clean patches, in pixels.
        seed: Integer; order, crops and degradation follow from it and the step.
        evaluations: List of `Evaluation` or `VisionEvaluation`.
        placement: Where the degradation runs, see `keras_restore.data.training_dataset`.
        log_every: Steps between rows of the log and checkpoints: what a killed run loses.
        eval_every: Steps between evaluations, a multiple of `log_every`.
        callbacks: Further Keras callbacks.
        variants: How many of the flips and rotations to draw from, see
            `keras_restore.data.PatchSampler`.

    Returns:
        A `Result`.

    Raises:
        ValueError: If a number is not positive or not a multiple as said.
        FloatingPointError: If the loss is not finite.
        KeyboardInterrupt: On Ctrl-C, after a message how to continue.
    """
    for name, value in {"steps": steps, "log_every": log_every, "eval_every": eval_every}.items():
        if value < 1 or value % log_every:
            raise ValueError(
                f"`{name}` must be a positive multiple of log_every={log_every}. "
                f"Received: {name}={value}"
            )

    if placement == "step" and keras.backend.backend() != "tensorflow":
        raise ValueError(
            '`placement` must be "map" or "device" under the backend '
            f"{keras.backend.backend()!r}: its train step cannot run degradations, which are "
            "TensorFlow's graph code. Received: placement='step'"
        )

    if takes_sigma(model) and not isinstance(degradation, TellSigma):
        degradation = TellSigma(degradation)

    def dataset(first_step, seed, placement):
        return training_dataset(
            images, degradation, patch_size, batch_size, seed, first_step, placement, variants
        )

    objective = loss if isinstance(loss, Objective) else Objective(loss, [metrics.PSNR()])
    trainer = _compiled(model, degradation if placement == "step" else None, optimizer, objective)
    start_step = workdir.load_checkpoint(trainer)
    check_same_step(start_step)
    statistics = []
    if batch_norms(model):
        batches = dataset(0, seed + 1, "map").take(STATISTICS_BATCHES)
        statistics = [x for x, _ in batches.as_numpy_iterator()]

    evaluate = _Evaluator(model, evaluations, workdir)
    columns = [*log_columns(objective.columns), *evaluate.labels]
    if images.skipped:
        print(describe_skipped(images.skipped))
    if start_step:
        print(f"Continuing {workdir.path} at step {start_step} of {steps}.")
    if start_step < steps:
        progress = Progress(steps, start_step, objective.columns, batch_size)
        try:
            trainer.fit(
                own_part(dataset(start_step, seed, placement), batch_size),
                initial_epoch=start_step // log_every,
                epochs=steps // log_every,
                steps_per_epoch=log_every,
                callbacks=[
                    StopOnNaN(),
                    progress,
                    *callbacks,
                    Evaluate(model, evaluate, eval_every, steps, statistics),
                    Log(workdir, columns, log_every * batch_size),
                    Checkpoint(workdir),
                ],
                shuffle=False,
                verbose=0,
            )
        except KeyboardInterrupt:
            progress.close()
            done = trainer.steps_done // log_every * log_every
            print(
                f"\nStopped. The checkpoint in {workdir.path} is of step {done}; the same command "
                "continues from there."
            )
            raise
        finally:
            progress.close()

    use_evaluation_weights(model, optimizer, statistics)
    rows = workdir.read_log()
    rows[-1] |= evaluate(steps)
    workdir.write_log(rows, columns)
    save_curves(workdir.path / "curves.png", rows, objective.labels, evaluate.labels)
    return Result(scores=evaluate.scores, seconds=rows[-1]["seconds"], steps=steps)


def _compiled(model, degradation, optimizer, objective):
    strategy = tf.distribute.get_strategy()
    for layer in batch_norms(model):
        layer.synchronized = strategy.num_replicas_in_sync > 1
    trainer = Trainer(model, degradation, name="trainer")
    trainer.compile(
        optimizer,
        objective.loss,
        loss_weights=objective.loss_weights,
        metrics=objective.metrics,
        # TensorFlow's XLA is slower on CPUs, fails under MirroredStrategy, and draws other random
        # numbers.
        jit_compile=keras.backend.backend() == "jax",
    )
    optimizer.build(model.trainable_variables)
    return trainer


class _Evaluator:
    """Measures the model on all sets, keeps the scores, and saves a picture of each set."""

    def __init__(self, model, evaluations, workdir):
        self.evaluations = evaluations
        self.workdir = workdir
        self.scores = {}
        self.labels = {
            f"{e.label}_{metric}": label for e in evaluations for metric, label in e.metrics.items()
        }
        self.predictors = {e.OUTPUT: KerasPredictor(model, e.OUTPUT) for e in evaluations}

    def __call__(self, step):
        row = {}
        for evaluation in self.evaluations:
            label = evaluation.label
            path = self.workdir.pictures / f"step{step:07d}_{label}.png"
            predict = self.predictors[evaluation.OUTPUT].told(evaluation.protocol.sigma)
            mean = self.scores[label] = evaluation.measure(predict, path)
            logged = {metric: mean[metric] for metric in evaluation.metrics}
            row |= {f"{label}_{metric}": value for metric, value in logged.items()}
            words = ", ".join(f"{metric} {value:.5g}" for metric, value in logged.items())
            print(f"\nstep {step}: {label} {words}")
        return row
