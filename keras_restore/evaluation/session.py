"""The whole of an evaluation: find, check, measure, write."""

import os
import pathlib

import tqdm

from keras_restore.complete_path import complete_path
from keras_restore.data import describe_skipped
from keras_restore.evaluation.candidate import candidate
from keras_restore.evaluation.image_source import image_source
from keras_restore.evaluation.measure import check, measure
from keras_restore.evaluation.pictures import PictureBook
from keras_restore.evaluation.report import report
from keras_restore.evaluation.results import table, to_csv, to_json
from keras_restore.protocols import Protocol, named


def evaluate_models(
    models,
    data,
    protocols,
    *,
    data_root=None,
    json_path=None,
    csv_path=None,
    report_path=None,
    report_images=24,
):
    """Measures models on sets by protocols, prints the table and writes the files asked for.

    Everything is found and checked, and the output paths are tried, before the first image is
    measured. Images are read and restored one at a time.

    Args:
        models: List of what `candidate` takes, or of `Candidate`.
        data: List of what `image_source` takes, or of `ImageSource`.
        protocols: List of names, see `keras_restore.protocols.names`, or of `Protocol`.
        data_root: Folder that holds the benchmark sets.
        json_path: File to write, or None; likewise `csv_path` and `report_path`.
        report_images: Most images of a set and protocol that the report shows.

    Returns:
        List of `Measurement`.

    Raises:
        ValueError: If something does not exist or does not fit.
        OSError: If an output path cannot be written.

    Example:

    >>> evaluate_models(["xdncnn_gray_sigma25", "nlm"], ["Set12"], ["gray_sigma25"])
    """
    for name, given in (("models", models), ("data", data), ("protocols", protocols)):
        if not given:
            raise ValueError(f"`{name}` must not be empty.")
    chosen = [named(each) if isinstance(each, str) else each for each in protocols]
    for protocol in chosen:
        if not isinstance(protocol, Protocol):
            raise ValueError(
                f"Protocol {protocol.name} measures a vision network; that is what "
                "`protocols.evaluate` does."
            )
    for path in (json_path, csv_path, report_path):
        _check_writable(path)
    sources = [image_source(each, data_root) if isinstance(each, str) else each for each in data]
    candidates = [candidate(each) if isinstance(each, str) else each for each in models]
    labels = [each.label for each in candidates]
    if len(set(labels)) != len(labels):
        raise ValueError(
            f"Each model needs a label of its own; give one by label=model. Received: {labels}"
        )
    combinations = [(s, p, c) for s in sources for p in chosen for c in candidates]
    for source, protocol, each in combinations:
        check(each, source, protocol)

    book = PictureBook(report_images) if report_path else None
    measurements = []
    count = sum(len(source.files) for source, _, _ in combinations)
    with tqdm.tqdm(total=count, unit="image", disable=None, leave=False) as bar:
        for source, protocol, each in combinations:
            bar.set_description(f"{each.label}, {source.name}, {protocol.name}")

            def observe(row, clean, degraded, restored, place=(source.name, protocol, each.label)):
                bar.update()
                if book is not None:
                    book.add(*place, row, clean, degraded, restored)

            measurements.append(measure(each, source, protocol, observe))
            first = protocol.metrics[0]
            bar.write(f"{bar.desc}{first.text(measurements[-1].mean[first.name])}")
    for skipped in dict.fromkeys(m.skipped for m in measurements if m.skipped):
        print(describe_skipped(skipped))
    print(table(measurements))
    for path, content in (
        (json_path, lambda: to_json(measurements)),
        (csv_path, lambda: to_csv(measurements)),
        (report_path, lambda: report(measurements, book)),
    ):
        if path:
            _write(path, content())
    return measurements


def _check_writable(path):
    if not path:
        return
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise OSError(f"{str(path)!r} cannot be written.")


def _write(path, content):
    with complete_path(path) as partial:
        partial.write_text(content, encoding="utf-8")
    print(f"wrote {path}")
