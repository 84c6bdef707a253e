"""Many pictures over several processes that are killed: what is left, and how fast it goes.

    python -P benchmarks/scale.py                          # killed 20 times, and run to the end
    python -P benchmarks/scale.py --case=speed --small=400 --large=0

Pictures of two sizes, one in a hundred of them poison, are restored by one process (the folder run)
and by `python -m keras_restore.beam` with the DirectRunner's worker processes. In the first case
the whole group of processes is killed (SIGKILL) at random times after its first new result, then
run to the end, then once more. The network is small: what is measured is the run, not the network.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

LARGE = (3000, 4000)
POISON_EVERY = 100


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--case", choices=("killed", "speed"), default="killed")
    add("--small", type=int, default=2000)
    add("--side", type=int, default=48, help="of the small pictures")
    add("--large", type=int, default=20, help="pictures of 12 megapixels")
    add("--kills", type=int, default=20)
    add("--workers", type=int, default=2)
    add("--depth", type=int, default=2, help="of the network, an xNet of 8 filters")
    add("--folder", help="where to work; default: a temporary folder")
    args = parser.parse_args()
    folder = pathlib.Path(args.folder or tempfile.mkdtemp(prefix="scale_"))
    poison = make_inputs(folder, args)
    result = killed(folder, args, poison) if args.case == "killed" else speed(folder, args)
    print(json.dumps(result, indent=2), flush=True)
    if not args.folder:
        shutil.rmtree(folder)


def make_inputs(folder, args):
    import keras

    from keras_restore import models

    keras.utils.set_random_seed(0)
    models.xnet(3, depth=args.depth, filters=8, kernel_size=3).save(folder / "model.keras")
    rng = np.random.default_rng(0)
    poison = set()
    for i in range(args.small + args.large):
        height, width = (args.side, args.side) if i < args.small else LARGE
        coarse = rng.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
        path = folder / "in" / f"{i % 10}" / f"{i:05}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(coarse).resize((width, height), Image.BICUBIC).save(path, compress_level=1)
        if i % POISON_EVERY == POISON_EVERY - 1:
            path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 2])
            poison.add(str(path))
    return poison


def command(folder, output, workers, *options):
    return [
        *(sys.executable, "-m", "keras_restore.beam", f"--input={folder / 'in'}"),
        *(f"--output={folder / output}", f"--manifest={folder / output}_rows"),
        *(f"--model={folder / 'model.keras'}", f"--direct_num_workers={workers}", *options),
        *(["--direct_running_mode=multi_processing"] if workers > 1 else []),
    ]


def run_alone(folder):
    """The folder run of one process; seconds."""
    start = time.monotonic()
    arguments = [f"--input={folder / 'in'}", f"--output={folder / 'alone'}"]
    arguments.append(f"--model={folder / 'model.keras'}")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([sys.executable, "-m", "keras_restore", "restore", *arguments], **quiet)
    return time.monotonic() - start


def files_in(folder):
    """Digests and times of the files that are visible."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    paths = [p for p in paths if not any(x.startswith(".") for x in p.relative_to(folder).parts)]
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in paths
    }


def killed(folder, args, poison):
    alone_seconds = run_alone(folder)
    alone = {name: digest for name, (digest, _) in files_in(folder / "alone").items()}
    draws, wrong, counts = random.Random(0), 0, []
    for _ in range(args.kills):
        before = len(files_in(folder / "many"))
        process = start(command(folder, "many", args.workers, "--threads=1"))
        while process.poll() is None and len(files_in(folder / "many")) == before:
            time.sleep(0.2)
        time.sleep(draws.uniform(0, 4))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.5)
        found = files_in(folder / "many")
        wrong += sum(alone.get(name) != digest for name, (digest, _) in found.items())
        counts.append(len(found))
        print(f"killed at {len(found)} results", flush=True)
    start(command(folder, "many", args.workers, "--threads=1")).wait()
    found = files_in(folder / "many")
    failed = (folder / "many_rows" / "failed.jsonl").read_text().splitlines()
    failed = sorted(json.loads(line)["input"] for line in failed)
    start(command(folder, "many", args.workers, "--threads=1")).wait()
    hidden = [path for path in (folder / "many").rglob(".*")]
    return {
        "pictures": args.small + args.large,
        "kills": args.kills,
        "results after each kill": counts,
        "visible files that differ from the single process's, over all kills": wrong,
        "results": len(found),
        "bit-equal to the single process's": {n: d for n, (d, _) in found.items()} == alone,
        "poison files named once each": failed == sorted(poison),
        "files that a further run changed": len(set(files_in(folder / "many").items()))
        - len(set(files_in(folder / "many").items()) & set(found.items())),
        "hidden files left": len(hidden),
        "seconds of the single process": round(alone_seconds),
    }


def speed(folder, args):
    """Seconds from start to end, of one process and of several, with all cores and one each."""
    seconds = {}
    for name, workers, options in (
        ("one worker, all cores", 1, ()),
        ("one worker, one thread", 1, ("--threads=1",)),
        (f"{args.workers} workers, one thread each", args.workers, ("--threads=1",)),
    ):
        begin = time.monotonic()
        start(command(folder, f"out{len(seconds)}", workers, *options)).wait()
        seconds[name] = round(time.monotonic() - begin, 1)
    return seconds


def start(arguments):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(arguments, start_new_session=True, **quiet)


if __name__ == "__main__":
    main()
