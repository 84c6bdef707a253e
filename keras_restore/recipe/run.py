"""Starting a recipe: its flags, its presets, its errors."""

import logging
import os
import sys

import absl.logging
from absl import app, flags

from keras_restore.training import is_loss_of_another
from keras_restore_command import without_logs

# What `--smoke` makes of the flags.
SMOKE = {"steps": 4, "log_every": 2, "eval_every": 2, "batch_size": 2, "patch_size": 24}


def run(main, presets=None):
    """Runs a recipe: parses the flags, and turns a user's mistake into one line.

    What the libraries log is left out of standard error.

    Args:
        main: The recipe's function without arguments.
        presets: Dictionary from the names that `--preset` takes to dictionaries of flags; a
            flag on the command line is stronger.
    """
    if presets:
        flags.DEFINE_enum(
            "preset", None, sorted(presets), "A paper's settings, or fast ones; flags are stronger."
        )

    def guarded(argv):
        f = flags.FLAGS
        if argv[1:]:
            sys.exit(f"error: arguments that are no flags: {' '.join(argv[1:])}")
        for name, value in (presets[f.preset] if presets and f.preset else {}).items():
            if not f[name].present:
                setattr(f, name, value)
        if not f["verbosity"].present:
            absl.logging.set_verbosity(absl.logging.ERROR)
            logging.getLogger("tensorflow").setLevel(logging.ERROR)
        if f.smoke:
            for name, value in SMOKE.items():
                setattr(f, name, value)
        try:
            main()
        except (ValueError, OSError, FloatingPointError, RuntimeError) as error:
            if is_loss_of_another(error):
                error = "Another process ended. The same commands continue at the last checkpoint."
            elif isinstance(error, RuntimeError):
                raise
            print(f"error: {error}", file=sys.stderr, flush=True)
            leave(1)
        except KeyboardInterrupt:
            leave(130)

    def leave(status):
        if "processes" in flags.FLAGS and flags.FLAGS.processes > 1:
            # The interpreter's end would wait for the other processes.
            os._exit(status)
        sys.exit(status)

    with without_logs():
        app.run(guarded)
