"""Mutants of the package's source: one small change each, that some test should notice."""

import ast
import dataclasses
import random

SWAPS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "//",
    ast.Pow: "*", ast.BitOr: "&", ast.BitAnd: "|", ast.And: "or", ast.Or: "and",
}  # fmt: skip
# Calls that are left out: `clip(x, 0, 1)` becomes `x`.
UNWRAPPED = {
    *("clip", "rint", "round", "abs", "sorted", "escape", "expanduser", "resolve", "maximum"),
    *("minimum", "max", "min", "reversed", "flip", "lower", "sqrt", "square", "ceil", "floor"),
    *("frozenset", "rounded_luma", "to_uint8", "mean", "strip"),
}
# Arguments that guard or tidy, and change nothing that a user sees.
GUARDS = {"strict", "frozen", "eq", "kw_only", "encoding", "stacklevel", "lineterminator"}
CONTAINERS = (ast.List, ast.Tuple, ast.Dict, ast.JoinedStr, ast.ListComp, ast.Set)


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change: `old` becomes `new` at an offset of a file."""

    path: str
    line: int
    kind: str
    offset: int
    old: str
    new: str

    def __str__(self):
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.path}:{self.line} {self.kind}: {old!r} -> {new!r}"

    def apply(self, source):
        """Returns the changed source."""
        end = self.offset + len(self.old)
        assert source[self.offset : end] == self.old, self
        return source[: self.offset] + self.new + source[end:]


def chosen(path, source, old, new):
    """The mutant of a file that replaces the text `old`, which must be there once."""
    if source.count(old) != 1:
        raise ValueError(f"{old!r} must be in {path} once, not {source.count(old)} times.")
    offset = source.index(old)
    return Mutant(path, source.count("\n", 0, offset) + 1, "chosen", offset, old, new)


def mutants(path, source):
    """Lists every mutant of a file by the operators below."""
    return [mutant for mutant in _Finder(path, source).found() if _parses(mutant.apply(source))]


def sample(candidates, count, seed):
    """Draws mutants: a kind first, then one of it, so that no kind is most of them."""
    generator = random.Random(seed)
    kinds = {}
    for mutant in candidates:
        kinds.setdefault(mutant.kind, []).append(mutant)
    drawn = []
    while kinds and len(drawn) < count:
        kind = generator.choice(sorted(kinds))
        drawn.append(kinds[kind].pop(generator.randrange(len(kinds[kind]))))
        if not kinds[kind]:
            del kinds[kind]
    return drawn


class _Finder:
    def __init__(self, path, source):
        self.path, self.source = path, source
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def offset(self, line, column):
        """ast counts columns in bytes of UTF-8."""
        start = self.starts[line - 1]
        text = self.source[start : self.starts[line]]
        return start + len(text.encode()[:column].decode())

    def span(self, node):
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def text(self, node):
        start, end = self.span(node)
        return self.source[start:end]

    def change(self, node, kind, new):
        start, end = self.span(node)
        return Mutant(self.path, node.lineno, kind, start, self.source[start:end], new)

    def found(self):
        for node in self.walk(ast.parse(self.source)):
            yield from self.of(node)

    def walk(self, node):
        """Every node but those of messages, which no test should spell out."""
        yield node
        if isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)):
            return
        if isinstance(node, ast.keyword) and node.arg in GUARDS:
            return
        for child in ast.iter_child_nodes(node):
            yield from self.walk(child)

    def of(self, node):
        match node:
            case ast.Compare(ops=[operator]) if type(operator) in SWAPS:
                new = SWAPS[type(operator)]
                yield self.between(node.left, node.comparators[0], "comparison", new)
            case ast.BinOp() if type(node.op) in SWAPS and not self.joins(node):
                yield self.between(node.left, node.right, "arithmetic", SWAPS[type(node.op)])
            case ast.BoolOp(values=[first, second]):
                yield self.between(first, second, "and, or", SWAPS[type(node.op)])
            case ast.UnaryOp(op=ast.Not() | ast.USub()):
                kind = "not" if isinstance(node.op, ast.Not) else "sign"
                yield self.change(node, kind, f"({self.text(node.operand)})")
            case ast.If() | ast.While() | ast.IfExp():
                for value in ("True", "False"):
                    yield self.change(node.test, "condition", value)
            case ast.comprehension(ifs=[test]):
                yield self.change(test, "condition", "True")
            case ast.Constant(value=bool()):
                yield self.change(node, "flag", str(not node.value))
            case ast.Constant(value=int()):
                yield self.change(node, "number", str(node.value + 1))
            case ast.Constant(value=float()):
                yield self.change(node, "number", str(node.value * 1.25 or 0.25))
            case ast.Call():
                yield from self.of_call(node)
            case ast.Raise():
                yield self.change(node, "raise", "pass")
            case ast.Expr(value=ast.Call()) | ast.AugAssign():
                yield self.change(node, "statement", "pass")

    def of_call(self, node):
        for argument in node.keywords:
            if argument.arg is None or argument.arg in GUARDS:
                continue
            start = self.offset(argument.lineno, argument.col_offset)
            end = self.span(argument.value)[1]
            before = self.source[:start].rstrip()
            if before.endswith(","):
                start = len(before) - 1
            elif self.source[end:].lstrip().startswith(","):
                end = self.source.index(",", end) + 1
            old = self.source[start:end]
            yield Mutant(self.path, argument.lineno, "argument", start, old, "")
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in UNWRAPPED:
            method = isinstance(node.func, ast.Attribute) and not node.args
            inner = node.func.value if method else (node.args or [None])[0]
            if inner is not None and not isinstance(inner, ast.GeneratorExp):
                yield self.change(node, "call", f"({self.text(inner)})")

    def between(self, left, right, kind, new):
        """Replaces the operator between two nodes, which may stand in brackets."""
        start, end = self.span(left)[1], self.span(right)[0]
        old = self.source[start:end]
        kept = "".join(c for c in old.split("#")[0] if c in ")")
        opened = "".join(c for c in old if c in "(")
        line = left.end_lineno
        breaks = "\\\n" if "\\\n" in old else "\n" if "\n" in old else ""
        return Mutant(self.path, line, kind, start, old, f"{kept} {new} {breaks}{opened}")

    def joins(self, node):
        """Whether text or a list is put together."""
        sides = (node.left, node.right)
        return any(
            isinstance(side, CONTAINERS)
            or (isinstance(side, ast.Constant) and isinstance(side.value, (str, bytes)))
            for side in sides
        )


def _parses(source):
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True
