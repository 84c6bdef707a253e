"""The console script `keras-restore`: one command a module of `keras_restore.commands`."""

import argparse
import importlib
import sys

COMMANDS = {
    "restore": "restore a photo, a folder of them, or a clip",
    "pipe": "restore raw frames between two ffmpegs",
    "evaluate": "measure models by the papers' protocols",
    "degrade": "apply a degradation to photos",
    "export": "write a model for phones and servers",
    "import": "read a published checkpoint",
    "models": "list the shipped models",
    "serve": "restore photos in a browser, on this machine",
    "doctor": "say what this machine can do, and what to install",
}


def main(argv=None):
    """Runs one command.

    A command's module has a docstring, `add_arguments(parser)` and `run(args)`, which returns
    the exit status. Errors of the user's making are `ValueError` or `OSError`: they become
    one line and status 2. Heavy imports belong into `run`.

    Args:
        argv: List of arguments, those of the process by default.

    Returns:
        The exit status.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(
        prog="keras-restore", description="Image restoration in Keras."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text.capitalize() + ".")
        if argv[:1] == [name]:
            module = importlib.import_module(f"keras_restore.commands.{name}_command")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    args = parser.parse_args(argv)
    try:
        return args.run(args) or 0
    except (ValueError, OSError) as error:
        print(f"keras-restore {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"keras-restore {args.command}: stopped", file=sys.stderr)
        return 130
