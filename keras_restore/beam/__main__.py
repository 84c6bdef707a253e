"""`python -m keras_restore.beam`: folders or buckets, on any runner of Apache Beam."""

import argparse
import collections
import sys

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from keras_restore.beam.restore_all import RestoreAll
from keras_restore.commands.restore_command import add_options, options_of


def main(argv=None):
    """Runs the pipeline; what this command does not know is an option of the runner.

    Args:
        argv: List of arguments, those of the process by default.

    Returns:
        The exit status: 1 if a file failed.
    """
    parser = argparse.ArgumentParser(prog="python -m keras_restore.beam", description=__doc__)
    add = parser.add_argument
    add("--input", required=True, nargs="+", help="folders, also of buckets, or glob patterns")
    add("--output", required=True, help="folder of the results")
    add("--manifest", required=True, help="folder of rows.*.jsonl and failed.jsonl")
    add_options(add)
    add("--overwrite", action="store_true", help="restore again what changed since the last run")
    add("--timeout", type=float, help="seconds that one file may take")
    add("--threads", type=int, help="of the network in a process; cores / processes is best")
    args, of_the_runner = parser.parse_known_args(argv)
    # Its options tell Beam's file systems who asks.
    pipeline = beam.Pipeline(options=PipelineOptions(of_the_runner))
    step = RestoreAll(
        args.input,
        args.output,
        args.manifest,
        args.model,
        overwrite=args.overwrite,
        timeout=args.timeout,
        threads=args.threads,
        **options_of(args),
    )
    _ = pipeline | step
    result = pipeline.run()
    result.wait_until_finish()
    counts = collections.Counter()
    for counter in result.metrics().query()["counters"]:
        if counter.key.metric.namespace == "keras_restore":
            counts[counter.key.metric.name] += counter.committed
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, OSError) as error:
        print(f"keras_restore.beam: {error}", file=sys.stderr)
        sys.exit(2)
