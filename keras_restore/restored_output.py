"""Which output of a network is the restored picture."""


def restored_output(outputs, names=(), wanted="restored"):
    """Picks out of a model's outputs the restored picture.

    Args:
        outputs: The one output, a list of outputs, or a dictionary.
        names: Of the outputs of a list.
        wanted: Name of the output that counts where there are several.

    Returns:
        The output.

    Raises:
        ValueError: If there are several, and none of that name.

    Example:

    >>> restored_output(model.output, model.output_names)
    """
    if isinstance(outputs, (list, tuple)):
        outputs = dict(zip(names, outputs, strict=True))
    if not isinstance(outputs, dict):
        return outputs
    if len(outputs) > 1 and wanted not in outputs:
        raise ValueError(
            f"`model` must have one output, or one named {wanted!r}. "
            f"Received: output_names={list(outputs)}"
        )
    return outputs[wanted] if len(outputs) > 1 else next(iter(outputs.values()))
