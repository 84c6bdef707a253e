"""What happens beside the training steps: progress, log, evaluation, checkpoint."""

import math
import time

import keras
import tqdm

from keras_restore.training.batch_norm import evaluation_weights


def log_columns(metrics):
    """Returns the log's columns beside those of the evaluations.

    Args:
        metrics: Names of the metrics.
    """
    return ["step", "seconds", "learning_rate", "loss", *metrics, "images_per_second"]


class StopOnNaN(keras.callbacks.Callback):
    """Ends the run with an error when the loss is not finite, before a checkpoint is spoilt."""

    def on_train_batch_end(self, batch, logs=None):
        if not math.isfinite(logs["loss"]):
            step = self.model.steps_done
            raise FloatingPointError(
                f"The loss is {logs['loss']} at step {step}. The checkpoint before it is kept. "
                "Try a smaller learning rate, or clip the gradient."
            )


class Progress(keras.callbacks.Callback):
    """A progress bar over the whole run: step, loss, metrics, speed, time left.

    Args:
        steps: Number of steps of the run.
        start_step: Number of steps that are done.
        metrics: Names of the metrics to show.
        images_per_step: The batch size.
    """

    def __init__(self, steps, start_step, metrics, images_per_step):
        super().__init__()
        self.metrics = metrics
        self.images_per_step = images_per_step
        self.bar = tqdm.tqdm(
            total=steps, initial=start_step, unit="step", dynamic_ncols=True, mininterval=1.0
        )

    def on_train_batch_end(self, batch, logs=None):
        numbers = [f"{name} {logs[name]:.4g}" for name in ("loss", *self.metrics)]
        if rate := self.bar.format_dict["rate"]:
            numbers.append(f"{rate * self.images_per_step:.0f} images/s")
        self.bar.set_postfix_str(", ".join(numbers), refresh=False)
        self.bar.update()

    def close(self):
        self.bar.close()


class Record(keras.callbacks.Callback):
    """After every interval: evaluates where it is due, adds a row to the log, saves a checkpoint.

    The checkpoint comes last, so a run that is killed continues from a step whose row is
    written; rows after the checkpoint are dropped on continuing.

    Args:
        workdir: The `Workdir`.
        model: The model in training.
        evaluate: Function of the step that measures the model and returns a dictionary.
        metrics: Names of the metrics among Keras' logs.
        columns: Columns of the log: `log_columns` and the names of what `evaluate` returns.
        interval: Number of steps between rows.
        eval_every: Number of steps between evaluations.
        steps: Number of steps of the run.
        images_per_step: The batch size.
        batches: Input batches for the batch norm statistics of an evaluation.
    """

    def __init__(
        self,
        workdir,
        model,
        evaluate,
        metrics,
        columns,
        interval,
        eval_every,
        steps,
        images_per_step,
        batches,
    ):
        super().__init__()
        self.workdir = workdir
        self.restoration_model = model
        self.evaluate = evaluate
        self.metrics = metrics
        self.columns = columns
        self.interval = interval
        self.eval_every = eval_every
        self.steps = steps
        self.images_per_step = images_per_step
        self.batches = batches

    def on_train_begin(self, logs=None):
        start = self.model.steps_done
        self.rows = [row for row in self.workdir.read_log() if row["step"] <= start]
        self.clock = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_clock = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        step = self.model.steps_done
        training_seconds = time.perf_counter() - self.epoch_clock
        row = {
            "step": step,
            "learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            "loss": logs["loss"],
            **{name: logs[name] for name in self.metrics},
            "images_per_second": self.interval * self.images_per_step / training_seconds,
        }
        if step % self.eval_every == 0 and step < self.steps:
            with evaluation_weights(self.restoration_model, self.model.optimizer, self.batches):
                row |= self.evaluate(step)
        now = time.perf_counter()
        row["seconds"] = now - self.clock + (self.rows[-1]["seconds"] if self.rows else 0.0)
        self.clock = now
        self.rows.append(row)
        self.workdir.write_log(self.rows, self.columns)
        self.workdir.save_checkpoint(self.model)
