"""`keras-restore export`: a model for phones and servers."""


def add_arguments(parser):
    parser.add_argument("--model", required=True, help="name of a shipped model, or a .keras file")
    parser.add_argument("--output", required=True, help="folder to write the files into")
    parser.add_argument(
        "--formats",
        default="float32",
        help="comma-separated names of `keras_restore.export.FORMATS`, such as float32,int8,onnx",
    )
    parser.add_argument("--size", help="HEIGHTxWIDTH of files of fixed size (default: any size)")
    parser.add_argument(
        "--calibration", help="folder of degraded images, for int8 and int16x8 (not the test set)"
    )
    parser.add_argument(
        "--uint8", action="store_true", help="files that take and give 8-bit images"
    )
    parser.add_argument("--data", help="folder of clean images to measure the loss on")
    parser.add_argument("--protocol", help="gray_sigma25, luma_x3, ...; with --data")


def run(args):
    import pathlib

    from keras_restore import data, export, inference, protocols

    if bool(args.data) != bool(args.protocol):
        raise ValueError("--data and --protocol go together.")
    formats = [name for name in args.formats.split(",") if name]
    size = _size(args.size)
    protocol = images = None
    if args.data:
        protocol = protocols.named(args.protocol)
        paths = data.list_images(args.data)
        if not paths:
            raise ValueError(f"There are no images in {args.data!r}.")
        channels = 1 if protocol.color == "gray" else None
        images = ((path.name, data.to_float(data.read_image(path, channels))) for path in paths)
    model = inference.load(args.model)
    card = export.export_formats(
        model,
        args.output,
        formats,
        size=size,
        calibration=args.calibration,
        uint8=args.uint8,
        images=images,
        protocol=protocol,
        card=model.card,
    )
    print(table(card))
    refused = [name for name, row in card.exports.items() if "refused" in row]
    for name in refused:
        print(f"{name} refused: {card.exports[name]['refused']}")
    for name, row in card.exports.items():
        if not row.get("largest_activation", 0) <= export.FLOAT16_LIMIT:
            print(
                f"{name}: activations reach {row['largest_activation']:,.0f}. Graphics cards "
                f"compute in float16, which ends at {export.FLOAT16_LIMIT:,}: run this file on "
                "processors."
            )
    print(f"Written to {pathlib.Path(args.output)}, measured on {card.machine}")
    return 1 if refused else 0


def table(card):
    """The measurements of a card as lines of text."""
    header = ("format", "file", "kB", "operations", "difference", "PSNR", "dB lost", "ms/MP", "MiB")
    rows = [header]
    for name, row in card.exports.items():
        if "refused" not in row:
            rows.append(
                (
                    name,
                    row["file"],
                    f"{row['bytes'] / 1000:.0f}",
                    _cell(sum(row["operations"].values()) if "operations" in row else None, "d"),
                    _cell(row.get("largest_difference"), ".1e"),
                    _cell(row.get("psnr"), ".3f"),
                    _cell(row.get("psnr_lost"), ".4f"),
                    _cell(row.get("milliseconds_per_megapixel"), ".0f"),
                    _cell(row.get("peak_mib"), ".0f"),
                )
            )
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cell(value, form):
    return "-" if value is None else format(value, form)


def _size(text):
    if text is None:
        return None
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError(f"--size must be HEIGHTxWIDTH, such as 256x256. Received: {text!r}")
    return tuple(int(part) for part in parts)
