"""`keras-restore degrade`: a degradation, applied to a photo or a folder of them."""

import json
import pathlib
import re

# Settings of degradations whose constructors have no default.
DEFAULT_SETTINGS = {
    "BicubicDownUp": {"scale": 3},
    "BicubicDownsample": {"scale": 3},
    "DiskBlur": {"radius": 4},
    "GaussianBlur": {"sigma": 2},
    "Jpeg": {"quality": 10},
    "MotionBlur": {"length": 15, "angle": 45},
}
# What is built from other degradations or from arrays, the base, and what makes no picture.
NOT_BY_NAME = ("Blur", "Degradation", "OneOf", "Pan", "Sequence")


def add_arguments(parser):
    add = parser.add_argument
    add(
        "--degradation",
        required=True,
        help="name, such as rain, text, jpeg or gaussian_noise; 'list' names all",
    )
    add("--input", help="picture, or folder of pictures")
    add("--output", help="file of the result, or folder of the results (as PNG)")
    add(
        "--set",
        action="append",
        default=[],
        metavar="SETTING=VALUE",
        help="a setting of the degradation: a number, or a range such as [5,50]; may be repeated",
    )
    add("--seed", type=int, default=0, help="other seeds give other draws (default 0)")
    add("--mask", help="file or folder for the mask of text or scratches")
    add("--overwrite", action="store_true", help="replace existing results")


def run(args):
    if args.degradation == "list":
        for name, kind in sorted(_classes().items()):
            print(f"{name:20} {kind.__doc__.splitlines()[0]}")
        return 0
    if args.input is None or args.output is None:
        raise ValueError("`--input` and `--output` are required.")
    degradation = make_degradation(args.degradation, args.set)
    if args.mask and not hasattr(degradation, "with_mask"):
        raise ValueError(f"`--mask` needs text or scratches. Received: {args.degradation}")
    for index, (source, target, mask) in enumerate(_jobs(args)):
        existing = [str(t) for t in (target, mask) if t is not None and t.exists()]
        if existing and not args.overwrite:
            raise ValueError(f"{existing[0]} exists already; --overwrite replaces it.")
        degrade_file(degradation, source, target, mask, (args.seed, index))
        print(target)
    return 0


def make_degradation(name, settings):
    """Makes the degradation that a command line names.

    Args:
        name: As `keras-restore degrade --degradation=list` prints it.
        settings: List of "SETTING=VALUE".

    Returns:
        A `Degradation`.

    Raises:
        ValueError: If there is none, or it has no such setting.
    """
    classes = _classes()
    if name not in classes:
        raise ValueError(
            f"`degradation` must be one of {', '.join(sorted(classes))}. "
            f"Received: degradation={name}"
        )
    kind = classes[name]
    try:
        return kind(**DEFAULT_SETTINGS.get(kind.__name__, {}) | _settings(settings))
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error


def degrade_file(degradation, source, target, mask_target, seed):
    """Degrades a picture's file to another.

    Args:
        degradation: A `Degradation` that makes a picture.
        source, target: Paths.
        mask_target: Path for the mask of text or scratches, or None.
        seed: Pair of integers.

    Raises:
        ValueError: If the picture cannot be read, or does not fit the degradation.
    """
    from keras_restore.data import read_image, to_float

    pixels = read_image(source)
    clean = to_float(pixels)[None]
    try:
        if mask_target is None:
            degraded = degradation(clean, seed)
        else:
            degraded, mask = degradation.with_mask(clean, seed)
            _write(mask_target, mask[0], "uint8")
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    _write(target, degraded[0], pixels.dtype)


def _write(path, image, dtype):
    from keras_restore.ops import from_float
    from keras_restore.pictures.picture_writer import PictureWriter, writable_dtype

    pixels = from_float(image, writable_dtype(path, dtype))
    path.parent.mkdir(parents=True, exist_ok=True)
    with PictureWriter(path, *pixels.shape, pixels.dtype) as file:
        file.write(pixels)


def _jobs(args):
    """Pairs each picture with the files of its result and its mask."""
    from keras_restore.data import list_images

    source, target = pathlib.Path(args.input), pathlib.Path(args.output)
    mask = pathlib.Path(args.mask) if args.mask else None
    if not source.is_dir():
        if target.is_dir():
            target = target / f"{source.stem}.png"
        return [(source, target, mask)]
    sources = list_images(source)
    if not sources:
        raise ValueError(f"There is no picture in {args.input!r}.")
    names = [path.relative_to(source).with_suffix(".png") for path in sources]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise ValueError(f"Two pictures in {args.input!r} would both become {min(doubled)}.")
    return [
        (s, target / n, mask / n if mask else None) for s, n in zip(sources, names, strict=True)
    ]


def _settings(pairs):
    settings = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            raise ValueError(f"`--set` must be SETTING=VALUE. Received: {pair!r}")
        try:
            settings[name] = json.loads(text)
        except json.JSONDecodeError:
            settings[name] = text
    return settings


def _classes():
    from keras_restore import degradations

    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): getattr(degradations, name)
        for name in degradations.__all__
        if name not in NOT_BY_NAME
    }
