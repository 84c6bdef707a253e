"""Identifiers are American, as Keras' are, and rates say "per"."""

import ast
import re

BRITISH = re.compile(
    r"colour|grey|centre|licence|neighbour|behaviour|artefact|"
    r"(normal|initial|quant|serial|optim|random|recogn|equal|organ|synchron)is(e|ation)"
)
RATE = re.compile(
    r"\b(draw|number|row|entry|seed|kernel|bits|milliseconds|ms|parameters) an? "
    r"(image|pixel|megapixel|channel|layer|batch|step)\b"
)


def names(tree):
    """Yields every identifier of a syntax tree."""
    for node in ast.walk(tree):
        for attribute in ("id", "attr", "name", "arg"):
            name = getattr(node, attribute, None)
            if isinstance(name, str):
                yield name


def test_identifiers_are_american(repository):
    wrong = set()
    for path in sorted((repository / "keras_restore").rglob("*.py")):
        found = [path.stem, *names(ast.parse(path.read_text()))]
        wrong |= {f"{path.name}: {name}" for name in found if BRITISH.search(name.lower())}
    assert not wrong


def test_rates_say_per(repository):
    wrong = []
    folders = (repository / "keras_restore", repository / "recipes", repository / "docs")
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.suffix in (".py", ".md"):
            text = " ".join(path.read_text().split())
            wrong += [f"{path.name}: {match.group()}" for match in RATE.finditer(text)]
    assert not wrong
