"""`keras-restore import`: a published checkpoint as Keras model, SavedModel and LiteRT file."""

LICENSE = (
    "The weights belong to their authors, and this file states no licence for them. Most public "
    "code of the papers (xUnit, DnCNN, RED-Net) states none; KAIR's is MIT. Ask the authors "
    "before you pass these files on or use them in a product."
)


def add_arguments(parser):
    """Adds the command's arguments to an `argparse` parser."""
    parser.add_argument("--source", required=True, help="published checkpoint")
    parser.add_argument("--output", required=True, help="folder to create")
    parser.add_argument(
        "--sigma",
        type=float,
        nargs="+",
        metavar="LEVEL",
        help="noise level that it was trained for, or the ends of the range, where you know it",
    )
    parser.add_argument(
        "--upscale",
        type=int,
        help="factor of a super-resolution network that takes the enlarged luma",
    )
    parser.add_argument("--license", help="licence of the weights, where you know it")
    parser.add_argument(
        "--batch-norm-epsilon",
        type=float,
        help="epsilon of the batch norms, for formats that do not hold it",
    )


def run(args):
    """Writes `model.keras`, `saved_model/`, `model.tflite` and `card.json` into a new folder.

    The folder appears when it is complete; after an error there is none.
    """
    import dataclasses
    import pathlib

    from keras_restore import export, published
    from keras_restore.complete_path import clear_partial, complete_path

    source, output = pathlib.Path(args.source), pathlib.Path(args.output)
    clear_partial(output)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ValueError(f"`--output` must be a new or empty folder. Received: {output}")
    try:
        checkpoint = published.read(source, args.batch_norm_epsilon)
        architecture = published.recognize(checkpoint)
        model = architecture.build()
    except ImportError as error:
        raise ValueError(str(error)) from error
    card = make_card(source, checkpoint, architecture)
    card = dataclasses.replace(
        card,
        name=output.name,
        sigma=args.sigma,
        upscale=args.upscale,
        color="luma" if args.upscale else None,
        license=args.license or LICENSE,
    )
    with complete_path(output) as folder:
        export.write_artifacts(model, folder, card)
    arguments = ", ".join(f"{key}={value}" for key, value in architecture.arguments.items())
    print(f"{source.name}: {checkpoint.format}, {architecture.family}({arguments})")
    for note in architecture.notes:
        print(f"  assumed: {note}")
    print(f"  licence: {card.license}")
    print(f"wrote {output}")
    return 0


def make_card(source, checkpoint, architecture):
    """Returns what is known of an imported model, as a `Card`.

    Args:
        source: Path of the published file.
        checkpoint: What `keras_restore.published.read` made of it.
        architecture: What `keras_restore.published.recognize` made of that.
    """
    import hashlib

    from keras_restore.inference import Card

    content = source.read_bytes()
    arguments = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in architecture.arguments.items()
    }
    described = {
        "file": source.name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "format": checkpoint.format,
        "layers": checkpoint.describe(),
    }
    return Card(
        architecture={"builder": architecture.family, **arguments},
        more={"source": described, "assumptions": list(architecture.notes)},
    )
