"""Runs mutants of the package against the tests that execute their line.

    pip install coverage pytest-cov
    python tests/mutants/run.py map                      # once: which test executes which line
    python tests/mutants/run.py run --count=20 --seed=1  # 20 mutants of each sub-package
    python tests/mutants/run.py run --chosen             # those of chosen.py
    python tests/mutants/run.py show                     # caught shares, survivors by name

Results are kept in --results, a line per mutant; `run` goes on where it was stopped, and `run
--again` runs the survivors once more. Each mutant is written into a copy of the repository and its
tests run in a child of a process that has imported TensorFlow already.
"""

import argparse
import collections
import glob
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import ast  # noqa: E402

import chosen  # noqa: E402
import mutants  # noqa: E402

# Seconds of tests, as the map measured them: of a mutant's first run, and before it may survive.
FIRST, MOST = 20, 80
TESTED = ("commands", "data", "degradations", "evaluation", "export", "graph", "inference")
TESTED += ("layers", "metrics", "models", "ops", "pictures", "protocols", "published", "recipes")
TESTED += ("training", "conformance", "test_*.py")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("map", "run", "show"))
    parser.add_argument("--map", default="mutants_map", help="folder of the map")
    parser.add_argument("--results", default="mutants.jsonl", help="file of the results")
    parser.add_argument("--count", type=int, default=20, help="mutants of each sub-package")
    parser.add_argument("--seed", type=int, default=1, help="of the draw of mutants")
    parser.add_argument("--packages", default="", help="only these, separated by commas")
    parser.add_argument("--chosen", action="store_true", help="the mutants of chosen.py")
    parser.add_argument("--again", action="store_true", help="the survivors once more")
    args = parser.parse_args()
    args.map, args.results = pathlib.Path(args.map).resolve(), pathlib.Path(args.results).resolve()
    {"map": write_map, "run": run, "show": show}[args.command](args)


def package_of(path):
    """The sub-package of a file; the package's own files are "top"."""
    parts = pathlib.PurePath(path).parts
    if parts[0] == "recipes":
        return "recipes"
    return parts[1] if len(parts) > 2 else "top"


def sources():
    """Paths of the package's and the recipes' files, relative to the repository."""
    files = [*REPOSITORY.glob("keras_restore/**/*.py"), *REPOSITORY.glob("recipes/*.py")]
    files += [REPOSITORY / "keras_restore_command.py"]
    return sorted(str(f.relative_to(REPOSITORY)) for f in files if "savedmodels" not in f.parts)


# === which test executes which line ===


def write_map(args):
    args.map.mkdir(parents=True, exist_ok=True)
    for name in TESTED:
        tests = sorted(glob.glob(f"tests/{name}", root_dir=REPOSITORY))
        plain = name.replace("*", "").replace(".py", "")
        options = ["--cov=keras_restore", "--cov=recipes", "--cov-context=test", "--cov-report="]
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
        command += [f"--junitxml={args.map / plain}.xml", *tests]
        environment = os.environ | {"COVERAGE_FILE": str(args.map / f"{plain}.coverage")}
        subprocess.run(command, cwd=REPOSITORY, env=environment, check=False)


class Map:
    """Tests and their seconds by line."""

    def __init__(self, folder):
        from coverage.numbits import numbits_to_nums

        self.seconds, self.lines = {}, collections.defaultdict(dict)
        for file in folder.glob("*.xml"):
            for case in xml.etree.ElementTree.parse(file).iter("testcase"):
                module = case.get("classname").replace(".", "/") + ".py"
                name = f"{module}::{case.get('name')}"
                if not {each.tag for each in case} & {"skipped", "failure", "error"}:
                    self.seconds[name] = float(case.get("time"))
        for file in folder.glob("*.coverage"):
            with sqlite3.connect(file) as data:
                rows = data.execute(
                    "select path, context, numbits from line_bits"
                    " join file on file.id = file_id join context on context.id = context_id"
                ).fetchall()
            for path, context, bits in rows:
                test = context.partition("|")[0]
                if test in self.seconds:
                    path = self.relative(path)
                    for line in numbits_to_nums(bits):
                        self.lines[path].setdefault(line, set()).add(test)

    @staticmethod
    def relative(path):
        for top in ("keras_restore", "recipes"):
            if f"/{top}/" in path:
                return top + path[path.index(f"/{top}/") + len(top) + 1 :]
        return path

    def tests(self, mutant, source):
        """The tests that execute a mutant's line, or else the smallest definition around it."""
        lines = self.lines.get(mutant.path, {})
        found = lines.get(mutant.line, set())
        around = [
            (node.end_lineno - node.lineno, node.lineno, node.end_lineno)
            for node in ast.walk(ast.parse(source))
            if hasattr(node, "body") and hasattr(node, "lineno")
            if node.lineno <= mutant.line <= node.end_lineno
        ]
        around = [range(a, b + 1) for _, a, b in sorted(around)] + [range(1, 10**6)]
        while len(found) < 3 and around:
            inside = around.pop(0)
            found = found | {t for line, tests in lines.items() if line in inside for t in tests}
        own = f"tests/{package_of(mutant.path)}/"
        return sorted(found, key=lambda test: (not test.startswith(own), self.seconds[test], test))


# === running ===


def run(args):
    done = {entry["mutant"]: entry for entry in results(args)}
    table = Map(args.map)
    todo = []
    for mutant in draw(args):
        known = done.get(str(mutant))
        if known is None or (args.again and known["result"] == "survived"):
            todo.append(mutant)
    print(f"{len(todo)} mutants", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "repository"
        files = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            **{"cwd": REPOSITORY, "capture_output": True, "text": True, "check": True},
        ).stdout.splitlines()
        for name in files:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            if (REPOSITORY / name).exists():
                shutil.copy2(REPOSITORY / name, copy / name, follow_symlinks=False)
        prepare(copy)
        for mutant in todo:
            began = time.time()
            result, by = judge(mutant, copy, table)
            entry = {"mutant": str(mutant), "package": package_of(mutant.path), "result": result}
            entry |= {"chosen": args.chosen, "seed": args.seed, "by": by}
            entry["seconds"] = round(time.time() - began, 1)
            with args.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
            print(f"{result:9} {entry['seconds']:6.1f} s {mutant}", flush=True)


def draw(args):
    wanted = [name for name in args.packages.split(",") if name]
    by_package = collections.defaultdict(list)
    if args.chosen:
        for path, old, new in chosen.CHOSEN:
            source = (REPOSITORY / path).read_text(encoding="utf-8")
            by_package[package_of(path)].append(mutants.chosen(path, source, old, new))
    else:
        for path in sources():
            source = (REPOSITORY / path).read_text(encoding="utf-8")
            by_package[package_of(path)] += mutants.mutants(path, source)
    for package, found in sorted(by_package.items()):
        if not wanted or package in wanted:
            yield from found if args.chosen else mutants.sample(found, args.count, args.seed)


def prepare(copy):
    """Makes this process one that tests of the copy can be forked from."""
    os.environ |= {
        **{"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        **{"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
    }
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(copy))
    os.chdir(copy)
    import keras  # noqa: F401
    import PIL.Image  # noqa: F401
    import pytest  # noqa: F401
    import scipy.signal  # noqa: F401
    import tensorflow  # noqa: F401


def judge(mutant, copy, table):
    """Returns "caught", "time", "survived" or "no test", and the test or the count of tests."""
    file = copy / mutant.path
    source = file.read_text(encoding="utf-8")
    tests = table.tests(mutant, source)
    if not tests:
        return "no test", ""
    file.write_text(mutant.apply(source), encoding="utf-8")
    try:
        before = []
        for seconds in (FIRST, MOST):
            spent, batch = 0.0, []
            for test in tests:
                spent += table.seconds[test]
                if batch and spent > seconds:
                    break
                batch.append(test)
            fresh = [test for test in batch if test not in before]
            if fresh:
                result, by = forked(fresh, 60 + 6 * sum(table.seconds[test] for test in fresh))
                if result != "survived":
                    return result, by
            before += fresh
        return "survived", f"{len(before)} of {len(tests)} tests"
    finally:
        file.write_text(source, encoding="utf-8")


def forked(tests, limit):
    """Runs tests in a child process: ("caught", the failing one), "time" or "survived"."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        child = os.fork()
        if child == 0:
            os.setsid()
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            import pytest

            options = ["-x", "-q", "-p", "no:cacheprovider", "-rfE", "--tb=line", "-m", ""]
            os._exit(int(pytest.main([*options, f"--basetemp={folder}/tmp", *tests])))
        end = time.time() + limit
        while time.time() < end:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                text = log.read_text(errors="replace")
                if status == 0:
                    return "survived", ""
                failing = [line for line in text.splitlines() if line.startswith(("FAILED", "ERR"))]
                return "caught", (failing or text.splitlines()[-1:] or [str(status)])[0][:200]
            time.sleep(0.05)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "time", ""


def results(args):
    """The last result of each mutant."""
    if not args.results.exists():
        return []
    lines = args.results.read_text(encoding="utf-8").splitlines()
    return list({(entry := json.loads(line))["mutant"]: entry for line in lines}.values())


def show(args):
    tables = collections.defaultdict(collections.Counter)
    for entry in results(args):
        tables[entry["package"]][entry["result"] in ("caught", "time")] += 1
    for package, counts in sorted(tables.items()):
        total = sum(counts.values())
        print(f"{package:14} {counts[True]:4} of {total:4} {counts[True] / total:6.1%}")
    for entry in results(args):
        if entry["result"] not in ("caught", "time"):
            print(f"{entry['result']:9} {entry['mutant']} ({entry['by']})")


if __name__ == "__main__":
    main()
