"""Commands killed at random times: nothing is lost, no file is half, the next run clears up.

    python -P benchmarks/kills.py --kills=200

Each of restore (a file, a folder), degrade, export, import and training runs once to its end; then
again and again, killed by SIGKILL at a random time of that run, looked at, and run once more. What
a killed run leaves must be whole; after the next run all files must be those of the undisturbed one
and nothing else may lie beside them. The commands run in children of a process that has imported
TensorFlow, so a kill falls into the work, not into the start.

    python -P benchmarks/kills.py --kills=20 --only=process

trains in two processes under JAX, of which one is killed each time after a new checkpoint: the
other must end by itself and say why, the same commands must continue, and the end must be that of a
run that nobody disturbed.
"""

import argparse
import csv
import hashlib
import json
import os
import pathlib
import random
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

import numpy as np
from PIL import Image

# What the last command printed.
SAID = pathlib.Path(tempfile.gettempdir()) / f"kills-{os.getpid()}"
RECIPES = pathlib.Path(__file__).resolve().parents[1] / "recipes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30, help="over all commands")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="names of commands, separated by commas")
    args = parser.parse_args()
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    import keras_restore.cli  # noqa: F401
    import keras_restore.export  # noqa: F401
    import keras_restore.recipe  # noqa: F401

    generator = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        # What libraries put beside the outputs goes here, and is counted.
        os.environ["TMPDIR"] = str(root / "tmp")
        (root / "tmp").mkdir()
        tempfile.tempdir = None
        commands = made(root)
        if args.only == "process":
            kill_processes(root, args.kills, generator)
            return
        wanted = [n for n in args.only.split(",") if n] or list(commands)
        print("| command | kills | during the work | damage |\n|---|---|---|---|")
        for i, name in enumerate(wanted):
            share = len(range(i, args.kills, len(wanted)))
            print(row(name, commands[name], root / "out" / name, share, generator), flush=True)
        SAID.unlink()
        left = sorted(str(p.relative_to(root)) for p in (root / "tmp").rglob("*") if p.is_file())
        print(f"\nFiles of libraries in the folder for temporary files: {len(left)}", left[:5])


def made(root):
    """Inputs, and a function from an output folder to what runs the command."""
    pictures = root / "pictures"
    pictures.mkdir()
    generator = np.random.default_rng(0)
    for i in range(8):
        pixels = generator.integers(0, 256, (120, 160, 3), np.uint8)
        Image.fromarray(pixels).save(pictures / f"{i}.png")
    large = generator.integers(0, 256, (700, 900, 3), np.uint8)
    Image.fromarray(large).save(root / "large.png")
    (root / "gray").mkdir()
    for path in pictures.iterdir():
        Image.open(path).convert("L").save(root / "gray" / path.name)
    forked(lambda: small_models(root))

    def command(*arguments):
        def run():
            from keras_restore.cli import main

            return main([str(argument) for argument in arguments])

        return run

    def training(out):
        def run():
            given = ["--depth=3", "--filters=8", "--batch_size=4", "--patch_size=24", "--steps=12"]
            given += ["--log_every=2", "--eval_every=4", f"--workdir={out}"]
            given += [f"--train_dir={root / 'gray'}", f"--val_dir={root / 'gray'}"]
            sys.argv = [str(RECIPES / "denoise.py"), *given]
            try:
                runpy.run_path(sys.argv[0], run_name="__main__")
            except SystemExit as end:
                return end.code or 0

        return run

    model, tile = root / "model.keras", "--tile=96"
    return {
        "restore a file": lambda out: command(
            *("restore", f"--model={model}", "--overwrite", tile),
            *(f"--input={root / 'large.png'}", f"--output={out / 'large.png'}"),
        ),
        "restore a folder": lambda out: command(
            *("restore", f"--model={model}", f"--report={out / 'report.json'}", "--workers=2"),
            *(tile, f"--input={pictures}", f"--output={out}"),
        ),
        "degrade a folder": lambda out: command(
            *("degrade", "--degradation=rain", "--overwrite"),
            *(f"--input={pictures}", f"--output={out}"),
        ),
        "export": lambda out: command(
            *("export", f"--model={model}", f"--output={out}"),
            *("--formats=float32,int8", f"--calibration={root / 'gray'}", "--size=32x32"),
        ),
        "import": lambda out: command(
            "import", f"--source={root / 'published.pth'}", f"--output={out / 'model'}"
        ),
        "train": training,
    }


def kill_processes(root, kills, generator):
    """Kills one of two processes at a random time, again and again; prints what came of it."""
    import keras

    def together(out):
        with socket.create_server(("", 0)) as server:
            port = server.getsockname()[1]
        given = ["--depth=3", "--filters=8", "--batch_size=4", "--patch_size=24", "--ema=0.9"]
        given += [f"--steps={20 * (1 + kills)}", "--log_every=5", f"--train_dir={root / 'gray'}"]
        given += [f"--workdir={out}", "--processes=2", f"--coordinator=localhost:{port}"]
        return [
            subprocess.Popen(
                [sys.executable, RECIPES / "denoise.py", *given, f"--process_id={i}"],
                env={**os.environ, "KERAS_BACKEND": "jax"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for i in range(2)
        ]

    def ended(processes):
        return [process.communicate()[1].splitlines() for process in processes]

    def checkpoint(out):
        path = out / "checkpoint.weights.h5"
        return path.stat().st_mtime_ns if path.exists() else None

    undisturbed, killed = root / "undisturbed", root / "killed"
    ended(together(undisturbed))
    print("| killed | rows of the log | the other ended with |\n|---|---|---|")
    for _ in range(kills):
        processes, before = together(killed), checkpoint(killed)
        while checkpoint(killed) == before and all(p.poll() is None for p in processes):
            time.sleep(0.05)
        time.sleep(generator.uniform(0, 2))
        victim = generator.randrange(2)
        processes[victim].kill()
        other = 1 - victim
        last = (ended(processes)[other] or [""])[-1]
        rows = len((killed / "log.csv").read_text().splitlines()) - 1
        print(f"| {victim} | {rows} | {processes[other].returncode}, {last} |", flush=True)
    ended(together(killed))
    both = [keras.saving.load_model(p / "model.keras").get_weights() for p in (undisturbed, killed)]
    difference = max(np.abs(a - b).max() for a, b in zip(*both, strict=True))
    logs = [content_of(path / "log.csv") for path in (undisturbed, killed)]
    print(
        f"\nWeights differ by {difference:.1e}, losses are",
        "equal" if len(set(logs)) == 1 else "not",
    )
    print("Left hidden:", [str(path) for path in killed.rglob(".*")])


def small_models(root):
    """A model of ours, and one as PyTorch saves it."""
    sys.path.insert(0, str(RECIPES.parent / "tests"))
    import checkpoint_files

    from keras_restore import models

    models.dncnn(1, depth=3, filters=8).save(root / "model.keras")
    arrays = checkpoint_files.torch_arrays(checkpoint_files.dncnn(4, filters=8))
    checkpoint_files.write_zip(root / "published.pth", arrays)
    return 0


def row(name, make, out, kills, generator):
    """Runs and kills a command; returns its row of the table."""
    run = make(out)
    began = time.time()
    status = forked(run)
    if status:
        raise RuntimeError(f"{name} ended with status {status}.")
    seconds = time.time() - began
    whole = contents(out)
    damage, during = [], 0
    for _ in range(kills):
        shutil.rmtree(out, ignore_errors=True)
        killed = forked(run, generator.uniform(0, seconds))
        during += killed == -signal.SIGKILL
        for path, content in contents(out).items():
            if path not in whole:
                damage.append(f"{path} is of no whole run")
            elif content != whole[path] and not readable(out / path):
                damage.append(f"{path} is half")
        # What import refuses: a folder that is there.
        if name == "import" and contents(out):
            continue
        status = forked(run)
        after = contents(out)
        if status or after != whole:
            said = (SAID.read_text(errors="replace").splitlines() or [""])[-1]
            differing = sorted(after.items() ^ whole.items())[:3]
            damage.append(f"status {status}, {said}, {differing}")
        hidden = [str(path) for path in out.rglob(".*")]
        damage += [f"{path} is left" for path in hidden]
    words = "; ".join(dict.fromkeys(damage)) or "none"
    return f"| {name} | {kills} | {during} | {words} |"


def forked(run, kill_after=None):
    """Runs a function in a child process, killed after so many seconds; returns its status."""
    child = os.fork()
    if child == 0:
        os.setsid()
        said = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os._exit(run() or 0)
    if kill_after is not None:
        time.sleep(kill_after)
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def contents(out):
    """What the visible files below a folder hold, without what differs between whole runs."""
    found = {}
    for path in sorted(out.rglob("*")):
        relative = path.relative_to(out)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            found[str(relative)] = content_of(path)
    return found


def content_of(path):
    """What must be the same in every whole run, or "whole" where times differ."""
    if path.name == "log.csv":
        with open(path, newline="") as file:
            data = repr([(r["step"], r["loss"]) for r in csv.DictReader(file)]).encode()
    elif path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            data = archive.read("config.json") + archive.read("model.weights.h5")[-4096:]
    elif path.suffix in (".tflite", ".png"):
        data = path.read_bytes()
    else:
        return "whole" if readable(path) else "half"
    return hashlib.sha256(data).hexdigest()[:12]


def readable(path):
    """Whether a file is whole, whatever it holds."""
    try:
        if path.suffix == ".png":
            Image.open(path).load()
        elif path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".h5":
            import h5py

            h5py.File(path).close()
        else:
            return path.stat().st_size > 0
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
