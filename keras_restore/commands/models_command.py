"""`keras-restore models`: the shipped models."""

import json


def add_arguments(parser):
    parser.add_argument("--json", action="store_true", help="print the whole cards as JSON")


def run(args):
    from keras_restore.inference import read_card, shipped_models

    cards = {name: read_card(folder) for name, folder in shipped_models().items()}
    if args.json:
        print(
            json.dumps(
                {n: card.to_json() for n, card in cards.items()}, indent=2, ensure_ascii=False
            )
        )
        return 0
    if not cards:
        print("No models are shipped with this installation.")
        return 0
    for name, card in cards.items():
        print(name)
        for line in _describe(card):
            print(f"  {line}")
    return 0


def _describe(card):
    """The lines of a model that people ask for first."""
    if card.task:
        yield card.task
    if "channels" in card.geometry:
        picture = "gray" if card.geometry["channels"] == 1 else "colour"
        if "frames" in card.geometry:
            picture = f"{card.geometry['frames']} frames of a clip at once, {picture}"
        halo = card.geometry.get("halo")
        sees = "the whole picture" if halo is None else f"{halo} pixels around each"
        yield f"{picture} pictures, scale {card.geometry.get('scale', 1)}, sees {sees}"
    for protocol, score in card.scores.items():
        yield f"{protocol}: {_format(score)}"
    if card.files:
        yield ", ".join(f"{name} {file['bytes'] / 1e6:.1f} MB" for name, file in card.files.items())
    if card.license:
        yield f"licence: {card.license}"


def _format(score):
    if isinstance(score, dict):
        return ", ".join(f"{key} {_format(value)}" for key, value in score.items())
    return f"{score:.4g}" if isinstance(score, float) else str(score)
