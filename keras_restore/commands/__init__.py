"""The commands of `keras-restore`, one a module: `<name>_command.py`."""
