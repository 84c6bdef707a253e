"""Bar and curve plots as SVG text, without a plotting package."""

import html
import math

COLORS = ("#2f6fb2", "#d1671f", "#3b8a4a", "#8a4fa3", "#b23a48", "#5c6670", "#a58a1f", "#1f8f98")


def bars(title, groups, unit, marks=None):
    """Draws grouped horizontal bars.

    Args:
        title: Text.
        groups: `{group: {label: value}}`.
        unit: Of the values, for the axis.
        marks: `{(group, label): value}` drawn as a tick across the bar (the paper's number).

    Returns:
        SVG text.

    Example:

    >>> svg = bars("Gain", {"Set12": {"xDnCNN": 10.1}}, "dB")
    """
    marks = marks or {}
    labels = list(dict.fromkeys(label for group in groups.values() for label in group))
    values = [v for group in groups.values() for v in group.values() if math.isfinite(v)]
    low, high = min([0.0, *values]), max([0.1, *values, *marks.values()])
    left, width, row, space = 190, 520, 16, 30
    height = 56 + sum(row * len(group) + space for group in groups.values())

    def x(value):
        return left + (value - low) / (high - low) * width

    parts = [_axis(x, low, high, 30, height - 40, unit)]
    top = 36
    for group, by_label in groups.items():
        parts.append(_text(left - 8, top + 8, group, anchor="end", bold=True))
        top += 14
        for label, value in by_label.items():
            value = value if math.isfinite(value) else high
            color = COLORS[labels.index(label) % len(COLORS)]
            start, end = sorted((x(0.0), x(value)))
            note = f"{group}, {label}: {value:.3f} {unit}"
            parts.append(
                f'<rect x="{start:.1f}" y="{top}" width="{max(end - start, 1):.1f}" '
                f'height="{row - 3}" fill="{color}"><title>{html.escape(note)}</title></rect>'
            )
            parts.append(_text(left - 8, top + 10, label, anchor="end"))
            at = x(marks.get((group, label), low))
            parts.append(_text(max(end, at) + 5, top + 10, f"{value:.2f}"))
            if (group, label) in marks:
                parts.append(
                    f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top - 2}" y2="{top + row - 1}" '
                    'stroke="currentColor" stroke-width="2"><title>the paper</title></line>'
                )
            top += row
        top += space - 14
    return _svg(title, left + width + 60, height, parts)


def curves(title, lines, x_label, y_label):
    """Draws one line per model.

    Args:
        title: Text.
        lines: `{label: [(x, y), ...]}`.
        x_label: Text below the axis.
        y_label: Text beside the axis.

    Returns:
        SVG text.

    Example:

    >>> svg = curves("PSNR", {"xDnCNN": [(15, 31.7), (25, 29.2)]}, "sigma", "dB")
    """
    lines = {
        label: [(a, b) for a, b in points if math.isfinite(b)] for label, points in lines.items()
    }
    points = [point for line in lines.values() for point in line] or [(0.0, 0.0)]
    (x_low, x_high), (y_low, y_high) = (
        (min(values), max(values)) for values in zip(*points, strict=True)
    )
    x_high, y_high = max(x_high, x_low + 1e-9), max(y_high, y_low + 1e-3)
    left, top, width, height = 60, 48, 560, 260

    def x(value):
        return left + (value - x_low) / (x_high - x_low) * width

    def y(value):
        return top + height - (value - y_low) / (y_high - y_low) * height

    parts = [_axis(x, x_low, x_high, top, top + height, x_label)]
    for tick in _ticks(y_low, y_high):
        parts.append(
            f'<line x1="{left}" x2="{left + width}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" '
            'stroke="currentColor" opacity="0.15"/>'
            + _text(left - 6, y(tick) + 4, f"{tick:g}", "end")
        )
    parts.append(_text(left - 6, top - 8, y_label, "end"))
    for i, (label, line) in enumerate(lines.items()):
        color = COLORS[i % len(COLORS)]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        for a, b in line:
            parts.append(
                f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{color}">'
                f"<title>{html.escape(label)}: {a:g}, {b:.3f}</title></circle>"
            )
        at = top + 14 + 18 * i
        parts.append(
            f'<rect x="{left + width + 14}" y="{at - 9}" width="12" height="10" fill="{color}"/>'
            + _text(left + width + 32, at, label)
        )
    return _svg(title, left + width + 190, top + height + 40, parts)


def _svg(title, width, height, parts):
    return (
        f'<svg role="img" aria-label="{html.escape(title)}" viewBox="0 0 {width} {height}" '
        f'style="max-width:{width}px" xmlns="http://www.w3.org/2000/svg">'
        + _text(8, 16, title, bold=True)
        + "".join(parts)
        + "</svg>"
    )


def _text(x, y, text, anchor="start", bold=False):
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11"{weight} '
        f'fill="currentColor">{html.escape(text)}</text>'
    )


def _axis(x, low, high, top, bottom, label):
    parts = [
        f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="{top}" y2="{bottom}" stroke="currentColor" '
        f'opacity="0.15"/>' + _text(x(t), bottom + 13, f"{t:g}", "middle")
        for t in _ticks(low, high)
    ]
    return "".join(parts) + _text(x(high), bottom + 26, label, "end")


def _ticks(low, high):
    step = 10.0 ** math.floor(math.log10(max(high - low, 1e-9) / 4))
    step = next(step * k for k in (1, 2, 5, 10) if (high - low) / (step * k) <= 6)
    return [round(i * step, 10) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
