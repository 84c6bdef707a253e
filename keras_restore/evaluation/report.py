"""The evaluation as one self-contained page to look at."""

import datetime
import html
import json
import pathlib
import re

from keras_restore.evaluation.plots import bars, curves
from keras_restore.evaluation.results import environment, image_rows, notes, summary_rows

PAGE = pathlib.Path(__file__).with_name("report_page.html")


def report(measurements, book):
    """Builds the page: tables, plots and the pictures, in one file without links.

    Args:
        measurements: List of `Measurement`.
        book: The `PictureBook` with their pictures.

    Returns:
        HTML text.

    Example:

    >>> pathlib.Path("report.html").write_text(report(measurements, book))
    """
    pages = [
        {
            "set": dataset,
            "protocol": protocol.name,
            "metrics": [
                {
                    "name": metric.name,
                    "label": metric.label,
                    "unit": metric.unit,
                    "digits": metric.digits,
                    "sign": 1 if metric.higher_is_better else -1,
                }
                for metric in protocol.metrics
            ],
            "images": images,
        }
        for (dataset, protocol), images in book.pages.items()
    ]
    filled = {
        "about": _about(),
        "summary": _table("summary", summary_rows(measurements)),
        "notes": html.escape(". ".join(notes(measurements))),
        "plots": "\n".join(_plots(measurements)),
        "images": _table("images", image_rows(measurements)),
        "data": json.dumps(pages, allow_nan=False).replace("</", "<\\/"),
    }
    page = PAGE.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: filled[match[1]], page)


def _about():
    time = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return html.escape(
        f"{time}. " + ", ".join(f"{name} {value}" for name, value in environment().items())
    )


def _table(name, rows):
    head = "".join(f'<th><button type="button">{column}</button></th>' for column in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row.values()) + "</tr>"
        for row in rows
    )
    return (
        f'<table id="{name}" class="sortable"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _plots(measurements):
    groups, marks, families, by_image = {}, {}, {}, {}
    for m in measurements:
        metric, mean, group = m.protocol.metrics[0], m.mean, f"{m.dataset}, {m.protocol.name}"
        before = mean[f"{metric.name}_degraded"]
        groups.setdefault(metric, {}).setdefault(group, {})[m.model] = metric.gain(
            mean[metric.name], before
        )
        if m.paper and m.paper.of(metric.name):
            marks[group, m.model] = metric.gain(m.paper.of(metric.name), before)
        setting = re.fullmatch(r"(.*?)([\d.]+)", m.protocol.name)
        if setting:
            key = metric, m.dataset, setting[1]
            families.setdefault(key, {}).setdefault(m.model, []).append(
                (float(setting[2]), mean[metric.name])
            )
        by_image.setdefault((metric, group), {})[m.model] = sorted(
            (row[metric.name] for row in m.rows), reverse=not metric.higher_is_better
        )
    for metric, gains in groups.items():
        title = f"Mean gain in {metric.label} over the degraded images; the tick is the paper's"
        yield bars(title, gains, metric.unit, marks)
    for (metric, dataset, family), lines in families.items():
        if max(len(line) for line in lines.values()) > 1:
            lines = {label: sorted(line) for label, line in lines.items()}
            yield curves(f"{dataset}: {metric.label} by protocol", lines, family, metric.title())
    for (metric, group), lines in by_image.items():
        ranked = {k: list(enumerate(values, start=1)) for k, values in lines.items()}
        if max(len(line) for line in ranked.values()) > 2:
            title = f"{group}: {metric.label} of the images, the worst first"
            yield curves(title, ranked, "rank of the image", metric.title())
