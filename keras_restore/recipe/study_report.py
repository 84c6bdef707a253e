"""The tables and plots that a study leaves."""

import csv
import dataclasses
import json
import math
import sys

from keras_restore.complete_path import complete_path
from keras_restore.machine import machine, versions
from keras_restore.recipe.flags import settings_from_flags
from keras_restore.training.pictures import pyplot, save_figure

# A legend of more lines stands beside the plot.
MOST_LINES = 6


@dataclasses.dataclass(frozen=True)
class Panel:
    """One plot of a figure.

    Attributes:
        title: Above it.
        x_label, y_label: At its axes.
        lines: `{label: [(x, y), ...]}`.
        log_y: Whether the vertical axis is logarithmic.
    """

    title: str
    x_label: str
    y_label: str
    lines: dict
    log_y: bool = False


def training_curves(outcomes):
    """Makes the panels of loss and score over the steps, one line per network.

    Args:
        outcomes: List of `Outcome`, diverged ones as far as they came.

    Returns:
        The pair of the `Panel` of the training loss and that of the first evaluation's score.

    Example:

    >>> save_panels("curves.png", training_curves(outcomes))
    """
    logs = {outcome.network.name: outcome.workdir.read_log() for outcome in outcomes}
    loss = {name: [(row["step"], row["loss"]) for row in rows] for name, rows in logs.items()}
    label, metric = outcomes[0].label, outcomes[0].metric
    column = f"{label}_{metric.name}"
    scores = {
        name: [(row["step"], row[column]) for row in rows if column in row]
        for name, rows in logs.items()
    }
    return (
        Panel("Training loss", "step", "loss", loss, log_y=True),
        Panel(label, "step", metric.title(), scores),
    )


def save_panels(path, panels):
    """Plots panels side by side into a PNG.

    Args:
        path: Path of the PNG.
        panels: List of `Panel`; lines without points, and points that are not finite, are
            left out.

    Example:

    >>> save_panels("a.png", [Panel("PSNR", "parameters", "dB", {"xNet": [(49_153, 29.2)]})])
    """
    figure, axes = pyplot().subplots(
        1, len(panels), figsize=(6.5 * len(panels), 4.8), layout="constrained", squeeze=False
    )
    for axis, panel in zip(axes[0], panels, strict=True):
        for i, (label, points) in enumerate(panel.lines.items()):
            points = [point for point in points if all(math.isfinite(v) for v in point)]
            if points:
                style = "o-" if i < 10 else "s--"
                axis.plot(*zip(*points, strict=True), style, markersize=3.5, label=label)
        axis.set(xlabel=panel.x_label, ylabel=panel.y_label, title=panel.title)
        if panel.log_y:
            axis.set_yscale("log")
        shown = len(axis.get_legend_handles_labels()[1])
        beside = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
        if shown:
            axis.legend(fontsize="small", **(beside if shown > MOST_LINES else {}))
        axis.grid(alpha=0.3)
    save_figure(figure, path)


def write_results(workdir, title, rows, remarks=(), pictures=()):
    """Writes `results.md`, `results.csv` and `results.json` into a study's directory.

    Args:
        workdir: The study's `Workdir`.
        title: Of the page.
        rows: List of dictionaries of JSON values, the rows of the table.
        remarks: Sentences below the table.
        pictures: Names of picture files in the directory.

    Example:

    >>> write_results(workdir, "Depth", [outcome.row() for outcome in outcomes])
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    command = " ".join(["python", *sys.argv])
    settings = settings_from_flags()
    facts = {"command": command, "settings": settings, "machine": machine(), "versions": versions()}
    content = {"title": title, **facts, "remarks": list(remarks), "rows": rows}
    with complete_path(workdir.path / "results.json") as partial:
        partial.write_text(json.dumps(content, indent=1), encoding="utf-8")
    with complete_path(workdir.path / "results.csv") as partial:
        with open(partial, "w", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    given = (f"{k}={v}" for k, v in settings.items() if v != [] and v is not None)
    lines = [
        f"# {title}\n",
        f"`{command}`\n",
        f"Machine: {machine()}. Settings: {', '.join(given)}.\n",
        "| " + " | ".join(column.replace("_", " ") for column in columns) + " |",
        "|" + "---|" * len(columns),
        *("| " + " | ".join(_cell(row.get(c, "")) for c in columns) + " |" for row in rows),
        "",
        *(f"{remark}\n" for remark in remarks),
        *(f"![{picture}]({picture})\n" for picture in pictures),
    ]
    with complete_path(workdir.path / "results.md") as partial:
        partial.write_text("\n".join(lines), encoding="utf-8")
    print("\n" + "\n".join(lines[3:]))


def _cell(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
