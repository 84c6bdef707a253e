"""`keras-restore evaluate`: models by the papers' protocols."""


def add_arguments(parser):
    parser.add_argument(
        "--model",
        action="append",
        required=True,
        help="shipped model, .keras or .tflite file, published checkpoint, nlm, tv, wavelet, bm3d "
        "or degraded; label=model names it in the tables; may be repeated",
    )
    parser.add_argument(
        "--data",
        action="append",
        required=True,
        help="benchmark set (Set12) or folder; may be repeated",
    )
    parser.add_argument(
        "--protocol",
        action="append",
        required=True,
        help="gray_sigma25, luma_x3, luma_q10, real_pairs, rgb_rain, ...; may be repeated",
    )
    parser.add_argument(
        "--data_root", help="folder of the benchmark sets (default: $KERAS_RESTORE_DATA)"
    )
    parser.add_argument("--json", help="file to write: a row per image, protocol, hashes, versions")
    parser.add_argument("--csv", help="file to write: a line per image")
    parser.add_argument("--report", help="HTML page to write, to look at the pictures")
    parser.add_argument(
        "--report_images", type=int, default=24, help="most pictures of a set in the page"
    )


def run(args):
    from keras_restore.evaluation import evaluate_models

    try:
        evaluate_models(
            split(args.model),
            split(args.data),
            split(args.protocol),
            data_root=args.data_root,
            json_path=args.json,
            csv_path=args.csv,
            report_path=args.report,
            report_images=args.report_images,
        )
    except ImportError as error:
        raise ValueError(str(error)) from error
    return 0


def split(values):
    """Flattens `["a,b", "c"]` to `["a", "b", "c"]`."""
    return [part for value in values for part in value.split(",") if part]
