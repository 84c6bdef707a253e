"""`keras-restore restore`: a photo, or a folder of them."""

import pathlib


def add_arguments(parser):
    parser.add_argument("--input", required=True, help="a picture or a folder")
    parser.add_argument("--output", required=True, help="where the result goes")
    parser.add_argument("--model", required=True, help="name of a shipped model, or a path")


def run(args):
    from keras_restore import inference

    model = inference.load(args.model)
    source, target = pathlib.Path(args.input), pathlib.Path(args.output)
    if not source.exists():
        raise ValueError(f"There is no {str(source)!r}.")
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        jobs = [(path, target / path.name) for path in sorted(source.iterdir()) if path.is_file()]
    else:
        jobs = [(source, target)]
    for path, output in jobs:
        inference.restore(path, model).save(output)
    return 0
