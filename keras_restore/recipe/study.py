"""A study: several networks trained in the same way, one after the other, and compared."""

import dataclasses
import math

from keras_restore.recipe.experiment import finish, open_workdir, train_from_flags
from keras_restore.recipe.flags import settings_from_flags
from keras_restore.training import Workdir

# Flags that show the papers' orderings on two cores, in minutes per study.
TWO_CORES = {
    "steps": 400,
    "batch_size": 16,
    "patch_size": 40,
    "schedule": "cosine",
    "learning_rate": 2e-3,
    "final_learning_rate": 2e-5,
    "eval_every": 100,
}


@dataclasses.dataclass(frozen=True)
class StudyNetwork:
    """One network of a study. It is built once at once, so that a wrong argument is seen early.

    Attributes:
        name: Of the network, and of its directory in the study's.
        build: Function without arguments that returns the model.
        facts: What tables say of it: `{"depth": 3, "kernel": 9}`.
        parameters: Number of its trainable parameters.
    """

    name: str
    build: object
    facts: dict
    parameters: int = dataclasses.field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "parameters", trainable_parameters(self.build()))


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What the training of one network came to.

    Attributes:
        network: The `StudyNetwork`.
        workdir: Its `Workdir`.
        model: The trained model; None if it diverged.
        result: The `Result`; None if it diverged.
        label: Of the first evaluation, which ranks the networks.
        metric: The first metric of its protocol, which ranks them.
        diverged: Why the training ended before its time, or "".
    """

    network: StudyNetwork
    workdir: Workdir
    model: object
    result: object
    label: str
    metric: type
    diverged: str = ""

    @property
    def score(self):
        """The number of the first metric on the first evaluation's set; NaN if it diverged."""
        return self.result.scores[self.label][self.metric.name] if self.result else math.nan

    @property
    def gain(self):
        """The score as a number that is higher for a better network, -inf if it diverged."""
        return self.metric.gain(self.score, 0.0) if self.result else -math.inf

    def row(self):
        """Returns the network's row of a table, a dictionary of JSON values."""
        network = self.network
        row = {"network": network.name, **network.facts, "parameters": network.parameters}
        if self.diverged:
            return row | {"outcome": f"diverged: {self.diverged}"}
        for label, scores in self.result.scores.items():
            row |= {
                f"{label}_{name}": score
                for name, score in scores.items()
                if not name.endswith("_degraded")
            }
        return row | {"seconds": round(self.result.seconds, 1)}


def run_study(networks, images, degradation, evaluations):
    """Trains networks one after the other as the flags say, each in a directory of its own.

    A stopped study continues where it was: finished networks are only measured again. A
    network whose loss does not stay finite is reported as diverged, and the next one follows.

    Args:
        networks: List of `StudyNetwork`.
        images: An `ImageSet`.
        degradation: A degradation.
        evaluations: List of `Evaluation`, at least one; the first ranks the networks.

    Returns:
        The pair of the study's `Workdir`, that of `--workdir`, and the list of `Outcome`.

    Raises:
        ValueError: If there is nothing to measure on, two networks have the same name, or the
            directory holds something else; before any training.
        OSError: If the directory cannot be written.

    Example:

    >>> networks = [StudyNetwork(f"d{d}", lambda d=d: models.xnet(depth=d), {}) for d in (3, 4)]
    >>> workdir, outcomes = run_study(networks, images, degradation, evaluations)
    """
    if not evaluations:
        raise ValueError("Give the folder of images to compare the networks on: --val_dir=FOLDER")
    names = [network.name for network in networks]
    if len(set(names)) != len(names):
        raise ValueError(f"The networks of a study must differ. Received: {', '.join(names)}")
    workdir = open_workdir()
    outcomes = []
    for i, network in enumerate(networks, 1):
        print(f"\n{network.name}: network {i} of {len(networks)}")
        settings = settings_from_flags() | {"network": network.name}
        own = Workdir(workdir.path / network.name, settings)
        model, result, diverged = None, None, ""
        try:
            model, result = train_from_flags(network.build, images, degradation, evaluations, own)
        except FloatingPointError as error:
            diverged = str(error).partition(". ")[0]
            print(f"\n{network.name} diverged: {diverged}")
        first = evaluations[0]
        metric = first.protocol.metrics[0]
        outcomes.append(Outcome(network, own, model, result, first.label, metric, diverged))
    return workdir, outcomes


def best_of(outcomes):
    """Picks the outcome of the best score.

    Args:
        outcomes: List of `Outcome`.

    Returns:
        An `Outcome`.

    Raises:
        FloatingPointError: If all networks diverged.

    Example:

    >>> best_of(outcomes).network.name
    """
    best = max(outcomes, key=lambda outcome: outcome.gain)
    if best.diverged:
        raise FloatingPointError(
            "All networks of the study diverged. Try a smaller --learning_rate or --clipnorm."
        )
    return best


def finish_best(outcomes, workdir, images, noise):
    """Exports the best network of a study of gray denoisers into its own directory.

    Args:
        outcomes: List of `Outcome`.
        workdir: The study's `Workdir`.
        images: The training `ImageSet`.
        noise: The `GaussianNoise` of the study.

    Raises:
        FloatingPointError: If all networks diverged.
        ValueError: If the model cannot be exported.
    """
    best = best_of(outcomes)
    finish(
        best.model,
        best.result,
        best.workdir,
        images,
        degradation=noise,
        task="gray denoising",
        sigma=noise.sigma,
    )
    print(f"Done. Everything is in {workdir.path}")


def trainable_parameters(model):
    """Counts the trainable parameters of a model or layer, as the papers do.

    Args:
        model: A `keras.Model` or layer.

    Returns:
        An integer.

    Example:

    >>> trainable_parameters(models.xnet(depth=3))
    49153
    """
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)
