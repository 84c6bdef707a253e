"""Mutants chosen by hand, or survivors of a draw that have a test now: (file, old, new)."""

CHOSEN = (
    ("keras_restore/commands/progress.py", "max(seconds, 1e-9)", "(seconds)"),
    (
        "keras_restore/commands/degrade_command.py",
        'raise ValueError("`--input` and `--output` are required.")',
        "pass",
    ),
    (
        "keras_restore/commands/degrade_command.py",
        "args.input is None or args.output is None",
        "args.input is None and args.output is None",
    ),
    (
        "keras_restore/commands/import_command.py",
        "(not output.is_dir() or any",
        "(output.is_dir() or any",
    ),
    ("keras_restore/commands/restore_jobs.py", "file.suffix.lower()", "file.suffix"),
    ("keras_restore/commands/restore_command.py", ", cancel_futures=True", ""),
    (
        "keras_restore/data/folder_reader.py",
        "sorted(str(stem) for stem in clean.keys() ^ degraded.keys())",
        "[str(stem) for stem in clean.keys() ^ degraded.keys()]",
    ),
    (
        "keras_restore/data/benchmark_set.py",
        "self.part_of or self.name",
        "self.part_of and self.name",
    ),
    (
        "keras_restore/evaluation/comparators.py",
        "run = package.bm3d if image.shape[-1] == 1",
        "run = package.bm3d if image.shape[1] == 1",
    ),
    ("keras_restore/evaluation/image_source.py", "folder.resolve().name", "folder.name"),
    (
        "keras_restore/evaluation/plots.py",
        'anchor="start", bold=False',
        'anchor="start", bold=True',
    ),
    ("keras_restore/evaluation/plots.py", "<= 6)", "< 6)"),
    (
        "keras_restore/export/flatbuffer.py",
        "np.abs(weights.reshape(len(bias), -1).astype(np.int64))",
        "(weights.reshape(len(bias), -1).astype(np.int64))",
    ),
    (
        "keras_restore/export/calibration.py",
        "start + want] if axis else",
        "start + want] if False else",
    ),
    (
        "keras_restore/pictures/picture.py",
        "np.rint(np.minimum(straight, peak))",
        "np.minimum(straight, peak)",
    ),
    ("keras_restore/pictures/png_reader.py", "rows > 0 and columns > 0", "rows > 0 or columns > 0"),
    (
        "keras_restore/published/pickle_values.py",
        "memo[argument] = stack[-1]",
        "memo[argument] = stack[1]",
    ),
    ("keras_restore/published/pickle_values.py", '"NEWFALSE": False', '"NEWFALSE": True'),
)
