"""`keras-restore restore`: a photo, a folder of them, or a clip."""

import argparse
import concurrent.futures
import dataclasses
import json
import pathlib

from keras_restore.commands.progress import Progress
from keras_restore.commands.restore_jobs import plan_jobs
from keras_restore.complete_path import complete_path
from keras_restore.inference.restore_one import FAILED, RESTORED, THERE, Row, restore_one
from keras_restore.pictures.video_file import Clip, is_video


def add_arguments(parser):
    add = parser.add_argument
    add("--input", required=True, nargs="+", help="pictures, clips, folders or glob patterns")
    add("--output", required=True, help="file of the result, or folder of the results")
    add_options(add)
    add("--suffix", default="", help="put behind the names, such as _restored")
    add("--format", help="png, tif, jpg, webp or bmp; default: as the input")
    add("--quality", type=_quality, default=95, help="of JPEG, WebP and clips, 1 to 100 (95)")
    add("--page", type=int, help="number of the page of files with several")
    add("--preview", type=_seconds, help="restore so much of clips only, such as 3s")
    add("--max-pixels", type=int, help="accept larger pictures than Pillow's limit")
    add("--overwrite", action="store_true", help="replace existing results")
    add("--workers", type=int, default=1, help="files read and written at the same time")
    add("--report", help="write a JSON report of all files")


def add_options(add):
    """Adds the options of how a picture is restored, which `options_of` reads."""
    add(
        "--model",
        required=True,
        help="name of a shipped model, a path, or 'auto': the shipped one for what is found",
    )
    add("--tile", default="auto", help="side of the tiles in pixels, 'auto' (default) or 'none'")
    add("--memory", help="memory that tiles may take, such as 1.5G; default: half of what is free")
    add(
        "--ensemble", action="store_true", help="average over 8 flips and rotations, 8 times slower"
    )
    add("--strength", type=float, default=1.0, help="0 (unchanged) to 1 (default)")
    add("--color", choices=("channels", "luma"), help="how gray models restore colour pictures")
    add("--detail", type=float, default=0.0, help="texture put back, 0 (default) to 1")
    add(
        "--sigma",
        type=_sigma,
        help="for models told the noise level: in grey levels of 255, or 'auto' to estimate it",
    )
    add(
        "--engine",
        default="auto",
        help="auto (default), keras, litert, saved_model, onnx, openvino",
    )
    add(
        "--precision",
        default="float32",
        choices=("float32", "bfloat16"),
        help="bfloat16 is faster where the processor has it, by OpenVINO, and not exact",
    )
    add("--upscale", type=int, help="enlarge bicubically by this factor before the model")


def options_of(args):
    """Checks the options of how a picture is restored, and gathers those of `restore`."""
    from keras_restore.inference.memory import parse_bytes

    if not 0 <= args.strength <= 1:
        raise ValueError(f"`strength` must be between 0 and 1. Received: strength={args.strength}")
    if not 0 <= args.detail <= 1:
        raise ValueError(f"`detail` must be between 0 and 1. Received: detail={args.detail}")
    if args.memory is not None:
        parse_bytes(args.memory)
    names = ("ensemble", "strength", "memory", "color", "upscale", "sigma", "detail")
    names += ("engine", "precision")
    return {"tile": _tile(args.tile), **{name: getattr(args, name) for name in names}}


def model_of(args):
    """Opens the model that the options name; "auto" stays a word."""
    from keras_restore.inference import open_predictor
    from keras_restore.inference.open_predictor import AUTO

    return AUTO if args.model == AUTO else open_predictor(args.model, args.engine, args.precision)


def run(args):
    if args.workers < 1:
        raise ValueError(f"`workers` must be at least 1. Received: workers={args.workers}")
    if args.max_pixels is not None and args.max_pixels < 1:
        raise ValueError(f"`max-pixels` must be positive. Received: max-pixels={args.max_pixels}")
    options = {**options_of(args), "quality": args.quality}
    jobs, is_single = plan_jobs(args.input, args.output, args.suffix, args.format)
    model = model_of(args)

    def step(job, known, progress):
        own = {"max_pixels": args.max_pixels, "page": args.page}
        if is_video(job.source):
            own = {"preview": args.preview}
        known = known.get(str(job.target), ())
        files = (job.source, job.target)
        return restore_one(*files, model, known, args.overwrite, progress, **options, **own)

    if is_single:
        return _run_single(jobs[0], step, args)
    return _run_many(jobs, step, args)


def _run_single(job, step, args):
    progress = Progress(1, _count_pixels(job.source, args.preview))
    try:
        row = step(job, _read_report(args.report), progress.add_pixels)
    finally:
        progress.close()
    if row.status == FAILED:
        raise ValueError(f"{job.source}: {row.reason}")
    if row.status == THERE and row.digest is None:
        raise ValueError(f"{str(job.target)!r} exists already: --overwrite replaces it")
    _write_report([row], args.report)
    print("\n".join([row.output, *(f"  {note}" for note in row.notes)]))
    return 0


def _run_many(jobs, step, args):
    known = _read_report(args.report)
    progress = Progress(len(jobs), sum(_count_pixels(job.source, args.preview) for job in jobs))
    taken, rows = {}, []

    def work(job):
        first = taken.setdefault(job.target, job)
        if first is not job:
            reason = f"its result would have the name of {first.source}'s"
            row = Row(str(job.source), str(job.target), FAILED, reason)
        else:
            row = step(job, known, progress.add_pixels)
        if row.status == FAILED:
            progress.message(f"FAILED {row.input}: {row.reason}")
        progress.finish_file()
        return row

    with concurrent.futures.ThreadPoolExecutor(args.workers) as executor:
        futures = [executor.submit(work, job) for job in jobs]
        try:
            rows = [future.result() for future in futures]
        except BaseException:
            progress.stop()
            executor.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            progress.close()
    _write_report(rows, args.report)
    for row in rows:
        for note in row.notes:
            print(f"{row.input}: {note}")
    counts = {status: 0 for status in (RESTORED, THERE, FAILED)}
    for row in rows:
        counts[row.status] += 1
    print(", ".join(f"{count} {status}" for status, count in counts.items() if count))
    if counts[THERE]:
        print("(--overwrite restores those that are there again)")
    return 1 if counts[FAILED] else 0


def _read_report(path):
    """The rows of the last run by the path of the result."""
    if path is None or not pathlib.Path(path).exists():
        return {}
    try:
        rows = [Row(**row) for row in json.loads(pathlib.Path(path).read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as error:
        raise ValueError(f"`report` must be new, or a report of this command: {path}") from error
    return {row.output: [row] for row in rows}


def _write_report(rows, path):
    if path is None:
        return
    with complete_path(path) as partial:
        text = json.dumps([dataclasses.asdict(row) for row in rows], indent=2, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")


def _count_pixels(path, preview):
    """From the header; 0 for a file that will fail."""
    import warnings

    from PIL import Image

    try:
        if is_video(path):
            with Clip(path) as clip:
                return clip.count(preview) * clip.height * clip.width
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                return image.width * image.height
    except Exception:
        return 0


def _tile(text):
    if text in ("auto", "none"):
        return None if text == "none" else "auto"
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(
            f"`tile` must be a positive integer, 'auto' or 'none'. Received: tile={text}"
        )
    return int(text)


def _sigma(text):
    if text == "auto":
        return text
    sigma = float(text)
    if not 0 <= sigma <= 255:
        raise argparse.ArgumentTypeError("must be 'auto' or between 0 and 255")
    return sigma


def _seconds(text):
    seconds = float(text.removesuffix("s"))
    if not seconds > 0:
        raise argparse.ArgumentTypeError("must be positive")
    return seconds


def _quality(text):
    quality = int(text)
    if not 1 <= quality <= 100:
        raise argparse.ArgumentTypeError("must be between 1 and 100")
    return quality
