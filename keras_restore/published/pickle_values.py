"""Reading of pickles without running anything: data comes out, code never goes in.

A pickle is a program for a small machine that may import and call anything. This module does
not use Python's machine (`pickle`), but walks over the instructions with `pickletools`, which
only parses them, and carries out those that build plain values. Of the imports a pickle may
ask for, exactly those that PyTorch needs for tensors are known, as names: they are never
imported.
"""

import dataclasses
import pickletools

# Names of PyTorch's typed storages, with NumPy's type of their elements. bfloat16, which
# NumPy has not, is read as the upper half of a float32.
STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
TENSORS = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter")
CONSTANTS = {
    "NONE": None,
    "NEWTRUE": True,
    "NEWFALSE": False,
}
VALUES = {
    *("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
}


@dataclasses.dataclass(frozen=True)
class Name:
    """An import that a pickle asks for; never carried out."""

    module: str
    name: str


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A view on a storage, as PyTorch's rebuilding functions describe it."""

    storage: object
    offset: int
    size: tuple
    stride: tuple


def read_pickle(stream, persistent_load=None):
    """Reads one pickle that holds numbers, strings, containers and PyTorch tensors.

    Args:
        stream: Binary file at the start of a pickle; afterwards at its end.
        persistent_load: Function that turns a persistent identifier into a storage.

    Returns:
        The value. An `OrderedDict` comes as a dictionary, a tensor as a `Tensor`.

    Raises:
        ValueError: If the pickle is damaged, or asks for anything but these values.
    """
    try:
        return _run(stream, persistent_load)
    except (
        *(IndexError, KeyError, TypeError, AttributeError),
        *(MemoryError, OverflowError),
    ) as error:
        raise ValueError(f"The pickle in the file is damaged ({type(error).__name__}).") from error


def _run(stream, persistent_load):
    stack, marks, memo = [], [], {}

    def pop_to_mark():
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    for opcode, argument, _ in pickletools.genops(stream):
        name = opcode.name
        if name in ("PROTO", "FRAME"):
            pass
        elif name == "STOP":
            return stack.pop()
        elif name in VALUES:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name == "MARK":
            marks.append(len(stack))
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name == "EMPTY_DICT":
            stack.append({})
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "EMPTY_TUPLE":
            stack.append(())
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            items = tuple(stack[-count:])
            del stack[-count:]
            stack.append(items)
        elif name == "TUPLE":
            stack.append(tuple(pop_to_mark()))
        elif name in ("SETITEM", "APPEND"):
            items = [stack.pop() for _ in range(2 if name == "SETITEM" else 1)]
            _extend(stack[-1], items[::-1], name == "SETITEM")
        elif name in ("SETITEMS", "APPENDS"):
            items = pop_to_mark()
            _extend(stack[-1], items, name == "SETITEMS")
        elif name == "GLOBAL":
            stack.append(_known(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            attribute, module = stack.pop(), stack.pop()
            stack.append(_known(module, attribute))
        elif name == "BINPERSID":
            stack.append(_storage(persistent_load, stack.pop()))
        elif name == "REDUCE":
            arguments, function = stack.pop(), stack.pop()
            stack.append(_build(function, arguments))
        elif name == "BUILD":
            # The state of an OrderedDict: version numbers of PyTorch's modules.
            stack.pop()
            if not isinstance(stack[-1], dict):
                raise ValueError("The pickle sets the state of an object that is not a mapping.")
        else:
            raise ValueError(
                f"The pickle in the file has the instruction {name}, which tensors do not need."
            )
    raise ValueError("The pickle in the file has no end.")


def _extend(container, items, pairs):
    if pairs and isinstance(container, dict):
        container.update(zip(items[::2], items[1::2], strict=True))
    elif not pairs and isinstance(container, list):
        container.extend(items)
    else:
        raise ValueError("The pickle in the file is damaged: it fills what is no container.")


def _known(module, name):
    known = (
        (module == "collections" and name == "OrderedDict")
        or (module == "torch._utils" and name in TENSORS)
        or (module == "torch" and name in STORAGES)
    )
    if not known:
        raise ValueError(
            f"The file asks to import `{str(module)[:80]}.{str(name)[:80]}`. Only tensors are "
            "read, and nothing was run. A file that holds a whole pickled network must be saved "
            "again as its `state_dict()` by somebody who trusts it."
        )
    return Name(module, name)


def _storage(persistent_load, identifier):
    if persistent_load is None:
        raise ValueError("The pickle refers to data outside of it where there is none.")
    return persistent_load(identifier)


def _build(function, arguments):
    if not isinstance(function, Name) or not isinstance(arguments, tuple):
        raise ValueError("The pickle in the file is damaged: it calls what is no function.")
    if function.name == "OrderedDict":
        items = arguments[0] if arguments else []
        return dict(tuple(item) for item in items)
    if function.name == "_rebuild_parameter":
        return arguments[0]
    if function.name in TENSORS:
        storage, offset, size, stride = arguments[:4]
        return Tensor(storage, offset, tuple(size), tuple(stride))
    raise ValueError(f"The pickle in the file is damaged: it calls {function.name}.")
