"""`python -m keras_restore.beam`: folders or buckets, on any runner of Apache Beam."""

import argparse
import collections
import sys

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from keras_restore.beam import DegradeAll, EvaluateAll, RestoreAll
from keras_restore.commands.degrade_command import make_degradation
from keras_restore.commands.restore_command import add_options, options_of


def main(argv=None):
    """Runs the pipeline; what this command does not know is an option of the runner.

    Args:
        argv: List of arguments, those of the process by default.

    Returns:
        The exit status: 1 if a file failed.
    """
    argv = sys.argv[1:] if argv is None else argv
    command = argv[0] if argv and argv[0] in COMMANDS else "restore"
    parser = argparse.ArgumentParser(
        prog="python -m keras_restore.beam",
        usage=f"%(prog)s [{'|'.join(COMMANDS)}] ...",
        description=__doc__,
    )
    add = parser.add_argument
    add("--input", required=True, nargs="+", help="folders, also of buckets, or glob patterns")
    add("--manifest", required=True, help="folder of rows.*.jsonl and failed.jsonl")
    if command != "evaluate":
        add("--output", required=True, help="folder of the results")
        add("--overwrite", action="store_true", help="make again what changed since the last run")
    make_step = COMMANDS[command](add)
    args, of_the_runner = parser.parse_known_args(argv[argv[:1] == [command] :])
    # Its options tell Beam's file systems who asks.
    pipeline = beam.Pipeline(options=PipelineOptions(of_the_runner))
    _ = pipeline | make_step(args)
    result = pipeline.run()
    result.wait_until_finish()
    counts = collections.Counter()
    for counter in result.metrics().query()["counters"]:
        if counter.key.metric.namespace == "keras_restore":
            counts[counter.key.metric.name] += counter.committed
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    return 1 if counts["failed"] else 0


def _restore(add):
    add_options(add)
    add("--timeout", type=float, help="seconds that one file may take")
    add("--threads", type=int, help="of the network in a process; cores / processes is best")
    return lambda args: RestoreAll(
        args.input,
        args.output,
        args.manifest,
        args.model,
        overwrite=args.overwrite,
        timeout=args.timeout,
        threads=args.threads,
        **options_of(args),
    )


def _degrade(add):
    add("--degradation", required=True, help="as of `keras-restore degrade`; likewise the next two")
    add("--set", action="append", default=[], metavar="SETTING=VALUE", help="a setting of it")
    add("--seed", type=int, default=0, help="other seeds give other draws (default 0)")
    return lambda args: DegradeAll(
        args.input,
        args.output,
        args.manifest,
        make_degradation(args.degradation, args.set),
        seed=args.seed,
        overwrite=args.overwrite,
    )


def _evaluate(add):
    add("--model", required=True, help="as of `keras-restore evaluate`")
    add("--protocol", required=True, help="gray_sigma25, luma_x3, luma_q10, ...")
    return lambda args: EvaluateAll(args.input, args.manifest, args.model, args.protocol)


COMMANDS = {"restore": _restore, "degrade": _degrade, "evaluate": _evaluate}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, OSError) as error:
        print(f"keras_restore.beam: {error}", file=sys.stderr)
        sys.exit(2)
