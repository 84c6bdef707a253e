"""Measurements as a table, as JSON and as CSV."""

import csv
import datetime
import io
import json
import math
import platform

from keras_restore.machine import versions

COLUMNS = ("protocol", "set", "images", "model", "PSNR", "gain", "SSIM", "PSNR-B")
COLUMNS += ("paper PSNR", "difference", "paper SSIM", "source")
TEXT_COLUMNS = ("protocol", "set", "model", "source")


def summary_rows(measurements):
    """Writes one row of text a measurement, the paper's number beside ours.

    Args:
        measurements: List of `Measurement`.

    Returns:
        List of dictionaries from the used of `COLUMNS` to text.

    Example:

    >>> summary_rows(measurements)[0]["PSNR"]
    """
    rows = []
    for m in measurements:
        mean, paper = m.mean, m.paper
        cells = (
            m.protocol.name,
            m.dataset + ("" if m.verified else "*"),
            str(len(m.rows)),
            m.model,
            f"{mean['psnr']:.3f}",
            f"{mean['psnr'] - mean['psnr_degraded']:+.3f}",
            f"{mean['ssim']:.4f}",
            f"{mean['psnr_b']:.3f}" if "psnr_b" in mean else "",
            f"{paper.psnr:.2f}" if paper else "",
            f"{mean['psnr'] - paper.psnr:+.3f}" if paper else "",
            f"{paper.ssim:.4f}" if paper and paper.ssim else "",
            f"{paper.method}, {paper.source}" if paper else "",
        )
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    used = [name for name in COLUMNS if any(row[name] for row in rows)]
    return [{name: row[name] for name in used} for row in rows]


def notes(measurements):
    """Says what a reader of the table must know: skipped files, unverified sets.

    Args:
        measurements: List of `Measurement`.

    Returns:
        List of sentences.

    Example:

    >>> print(*notes(measurements), sep="\n")
    """
    found = [f"{m.dataset}: {len(m.skipped)} files skipped" for m in measurements if m.skipped]
    if not all(m.verified for m in measurements):
        found.append("* a folder, not verified to be a benchmark set")
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
    """Writes one line an image.

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
