"""Which way imports go, and what importing the package costs."""

import ast
import subprocess
import sys

import pytest

RANKS = {
    "version": -1,
    "complete_path": 0,
    "hdf5_values": 0,
    "machine": 0,
    "restored_output": 0,
    "ops": 0,
    "layers": 1,
    "degradations": 1,
    "metrics": 1,
    "pictures": 1,
    "protocols": 2,
    "models": 2,
    "data": 3,
    "graph": 3,
    "inference": 4,
    "training": 5,
    "published": 5,
    "evaluation": 6,
    "export": 6,
    "commands": 7,
    "recipe": 7,
    "beam": 8,
    "cli": 8,
    "__main__": 9,
}
# A package whose own code must be importable without these.
KERAS_ALONE = ("graph", "layers", "metrics", "models", "protocols")


def imports_at(tree, top_level_only):
    """Names of the modules that a syntax tree imports."""
    nodes = tree.body if top_level_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module == "keras_restore":
                yield from (f"keras_restore.{alias.name}" for alias in node.names)
            else:
                yield node.module


def test_a_module_imports_only_from_lower_ranks(repository):
    package = repository / "keras_restore"
    wrong = []
    for path in sorted(package.rglob("*.py")):
        part = path.relative_to(package).parts[0].removesuffix(".py")
        if part == "__init__":
            continue
        for name in imports_at(ast.parse(path.read_text()), top_level_only=False):
            pieces = name.split(".")
            if pieces[0] != "keras_restore" or pieces[1:2] == [part]:
                continue
            if RANKS[pieces[1]] >= RANKS[part]:
                wrong.append(f"{path.relative_to(repository)} imports {name}")
    assert not wrong


@pytest.mark.parametrize("part", KERAS_ALONE)
def test_no_tensorflow(repository, part):
    for path in sorted((repository / "keras_restore" / part).rglob("*.py")):
        names = imports_at(ast.parse(path.read_text()), top_level_only=True)
        assert not [n for n in names if n.split(".")[0] == "tensorflow"], path


def test_import_loads_no_heavy_optional_package():
    code = "import sys, keras_restore; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    heavy = {"skimage", "matplotlib", "tensorflow_datasets", "ai_edge_litert", "scipy", "torch"}
    keras = "import sys, keras; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    base = subprocess.run([sys.executable, "-c", keras], capture_output=True, text=True, check=True)
    assert not (loaded & heavy) - set(base.stdout.split())
