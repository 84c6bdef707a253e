"""Measurements as a table, as JSON and as CSV."""

import csv
import datetime
import io
import json
import math
import platform

from keras_restore.machine import versions

TEXT_COLUMNS = ("protocol", "set", "model", "source")


def summary_rows(measurements):
    """Writes one row of text per measurement, the paper's number beside ours.

    The first metric of a protocol also has its gain over the degraded images, positive where the
    restored ones are better, and its difference from the paper.

    Args:
        measurements: List of `Measurement`.

    Returns:
        List of dictionaries from the names of the columns to text, all of the same columns.

    Example:

    >>> summary_rows(measurements)[0]["PSNR"]
    """
    rows = []
    for m in measurements:
        row = {
            "protocol": m.protocol.name,
            "set": m.dataset + ("" if m.verified else "*"),
            "images": str(len(m.rows)),
            "model": m.model,
        }
        rows.append(row | score_cells(m.protocol.metrics, m.mean))
    papers = []
    for m in measurements:
        cells = {}
        for i, metric in enumerate(m.protocol.metrics):
            text = m.paper.text(metric.name) if m.paper else ""
            cells[f"paper {metric.label}"] = text
            if i == 0:
                difference = m.mean[metric.name] - m.paper.of(metric.name) if text else None
                cells["difference"] = f"{difference:+.{metric.digits}f}" if text else ""
        cells["source"] = f"{m.paper.method}, {m.paper.source}" if m.paper else ""
        papers.append(cells)
    rows, papers = _of_same_columns(rows), _of_same_columns(papers)
    return [row | cells for row, cells in zip(rows, papers, strict=True)]


def score_cells(metrics, scores):
    """Writes the numbers of a protocol's metrics, with the gain of the first.

    Args:
        metrics: Of the protocol.
        scores: A row of `protocols.evaluate`, or the mean of them.

    Returns:
        Dictionary from labels to text.

    Example:

    >>> score_cells((PSNR,), {"psnr": 29.19, "psnr_degraded": 20.17})
    {'PSNR': '29.190', 'gain': '+9.020'}
    """
    cells = {}
    for i, metric in enumerate(metrics):
        value = scores[metric.name]
        cells[metric.label] = f"{value:.{metric.digits}f}"
        if i == 0:
            gain = metric.gain(value, scores[f"{metric.name}_degraded"])
            cells["gain"] = f"{gain:+.{metric.digits}f}"
    return cells


def image_rows(measurements):
    """Writes one row of text per image.

    Args:
        measurements: List of `Measurement`.

    Returns:
        List of dictionaries from the names of the columns to text, all of the same columns.

    Example:

    >>> image_rows(measurements)[0]["image"]
    """
    return _of_same_columns(
        [
            {
                "protocol": m.protocol.name,
                "set": m.dataset,
                "image": row["image"],
                "model": m.model,
                **score_cells(m.protocol.metrics, row),
            }
            for m in measurements
            for row in m.rows
        ]
    )


def notes(measurements):
    """Says what a reader of the table must know: skipped files, unverified sets.

    Args:
        measurements: List of `Measurement`.

    Returns:
        List of sentences.

    Example:

    >>> sentences = notes(measurements)
    """
    found = [f"{m.dataset}: {len(m.skipped)} files skipped" for m in measurements if m.skipped]
    if not all(m.verified for m in measurements):
        found.append("* a folder, or a set whose pixels were never recorded: not verified")
    return list(dict.fromkeys(found))


def table(measurements):
    """Lays the measurements out for a terminal.

    Args:
        measurements: List of `Measurement`.

    Returns:
        A string of several lines.

    Example:

    >>> print(table(measurements))
    """
    rows = summary_rows(measurements)
    rows.insert(0, {name: name for name in rows[0]})
    widths = {name: max(len(row[name]) for row in rows) for name in rows[0]}
    lines = [
        "  ".join(
            text.ljust(widths[name]) if name in TEXT_COLUMNS else text.rjust(widths[name])
            for name, text in row.items()
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths.values()))
    return "\n".join(lines + notes(measurements))


def to_json(measurements):
    """Writes everything that is needed to repeat the measurements.

    Two runs differ in "time" only, if model, data and versions are the same.

    Args:
        measurements: List of `Measurement`.

    Returns:
        A string. Infinity (equal images) is the string "inf".

    Example:

    >>> pathlib.Path("evaluation.json").write_text(to_json(measurements))
    """
    content = {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": environment(),
        "measurements": [m.to_json() for m in measurements],
    }
    return json.dumps(_plain(content), indent=1, allow_nan=False) + "\n"


def to_csv(measurements):
    """Writes one line per image.

    Args:
        measurements: List of `Measurement`.

    Returns:
        A string.

    Example:

    >>> pathlib.Path("evaluation.csv").write_text(to_csv(measurements))
    """
    rows = [
        {"model": m.model, "set": m.dataset, "protocol": m.protocol.name, **row}
        for m in measurements
        for row in m.rows
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def environment():
    """Says what computes the numbers: versions, machine and Keras' backend.

    Returns:
        Dictionary of strings.

    Example:

    >>> environment()["backend"]
    """
    import keras

    return versions() | {"machine": platform.machine(), "backend": keras.backend.backend()}


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _of_same_columns(rows):
    """Fills rows with blanks; what is blank in all of them is left out."""
    names = dict.fromkeys(name for row in rows for name in row if row[name])
    return [{name: row.get(name, "") for name in names} for row in rows]
