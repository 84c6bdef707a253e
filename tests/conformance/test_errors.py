"""Errors speak to whoever sees them."""

import ast
import re

# These read the command line.
WITH_FLAGS = ("commands", "cli.py", "recipe", "__main__.py")
FLAG = re.compile(r"(?<![\w-])--[a-z]")


def words(tree):
    """Yields the strings of a syntax tree that are no docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(tree) if isinstance(node, documented)]
    docstrings = {id(getattr(node.body[0], "value", None)) for node in nodes if node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in docstrings:
                yield node


def test_the_library_names_no_flags(repository):
    wrong = []
    for path in sorted((repository / "keras_restore").rglob("*.py")):
        if set(path.relative_to(repository).parts) & set(WITH_FLAGS):
            continue
        wrong += [
            f"{path.relative_to(repository)}:{node.lineno}: {node.value}"
            for node in words(ast.parse(path.read_text()))
            if FLAG.search(node.value)
        ]
    assert not wrong
