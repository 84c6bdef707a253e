"""Checks of arguments."""


def check_positive(**arguments):
    """Raises a `ValueError` for the first argument that is not a positive integer."""
    for name, value in arguments.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value!r}")
