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


class Evaluate(keras.callbacks.Callback):
    """After every so many steps measures the model, and adds what it found to Keras' logs.

    Args:
        model: The model in training, whose weights are those of an evaluation meanwhile.
        evaluate: Function of the step that returns a dictionary of numbers.
        every: Number of steps between evaluations.
        steps: Number of steps of the run; the last evaluation is not this one's.
        batches: Input batches for the batch norm statistics of an evaluation.
    """

    def __init__(self, model, evaluate, every, steps, batches):
        super().__init__()
        self.restoration_model = model
        self.evaluate = evaluate
        self.every = every
        self.steps = steps
        self.batches = batches

    def on_epoch_end(self, epoch, logs=None):
        step = self.model.steps_done
        if step % self.every == 0 and step < self.steps:
            with evaluation_weights(self.restoration_model, self.model.optimizer, self.batches):
                logs |= self.evaluate(step)


class Log(keras.callbacks.Callback):
    """After every epoch adds a row of Keras' logs to the log; its place is behind `Evaluate`.

    Rows after the checkpoint from which a run continues are dropped.

    Args:
        workdir: The `Workdir`.
        columns: `log_columns` and the names of what `Evaluate` finds.
        images_per_epoch: Number of images.
    """

    def __init__(self, workdir, columns, images_per_epoch):
        super().__init__()
        self.workdir = workdir
        self.columns = columns
        self.images_per_epoch = images_per_epoch

    def on_train_begin(self, logs=None):
        start = self.model.steps_done
        self.rows = [row for row in self.workdir.read_log() if row["step"] <= start]
        self.clock = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_clock = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.batch_clock = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        values = logs | {
            "step": self.model.steps_done,
            "seconds": now - self.clock + (self.rows[-1]["seconds"] if self.rows else 0.0),
            "learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            "images_per_second": self.images_per_epoch / (self.batch_clock - self.epoch_clock),
        }
        self.clock = now
        self.rows.append({name: values[name] for name in self.columns if name in values})
        self.workdir.write_log(self.rows, self.columns)


class Checkpoint(keras.callbacks.Callback):
    """Saves a checkpoint after every epoch; the last of all, so that the log is never behind it.

    Args:
        workdir: The `Workdir`.
    """

    def __init__(self, workdir):
        super().__init__()
        self.workdir = workdir

    def on_epoch_end(self, epoch, logs=None):
        self.workdir.save_checkpoint(self.model)
