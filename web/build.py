"""Builds the page that `keras-restore serve` shows: `make web`.

The result is a folder of files for any web server. The networks are the shipped LiteRT files as
they are; `models.json` says of each what a program must know to run it.
"""

import hashlib
import json
import pathlib
import shutil

from keras_restore.complete_path import complete_path
from keras_restore.export import flatbuffer
from keras_restore.inference import shipped_models
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.open_predictor import fit_predictor

WEB = pathlib.Path(__file__).parent
LITERT = WEB / "node_modules" / "@litertjs"
OUTPUT = WEB.parent / "keras_restore" / "page"


def build(output, models):
    """Writes the page.

    Args:
        output: Folder, replaced if it is there.
        models: Dictionary from a name to a folder of the form of `savedmodels/<name>/`.
    """
    with complete_path(output) as folder:
        shutil.copytree(WEB / "page", folder)
        copy_litert(folder / "litert")
        copy_models(folder, models)
        fill_in(folder)


def copy_litert(folder):
    """Copies LiteRT.js; a worker has no import map, so its one bare import gets a path."""
    folder.mkdir()
    core = (LITERT / "core/dist/index.js").read_text(encoding="utf-8")
    assert core.count('"@litertjs/wasm-utils"') == 1
    core = core.replace('"@litertjs/wasm-utils"', '"./wasm_utils.js"')
    utils = (LITERT / "wasm-utils/dist/index.js").read_text(encoding="utf-8")
    for name, text in (("core.js", core), ("wasm_utils.js", utils)):
        lines = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL")]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "wasm").mkdir()
    for path in (LITERT / "core/wasm").iterdir():
        if "jspi" not in path.name:
            shutil.copyfile(path, folder / "wasm" / path.name)


def copy_models(folder, models):
    """Copies the networks whose maps all have the size of the picture, and lists them."""
    (folder / "models").mkdir()
    rows = []
    for name, source in models.items():
        file = source / LiteRTPredictor.FILE
        if not file.is_file() or not has_one_size(file.read_bytes()):
            print(f"{name} is not on the page: its maps are not all of the picture's size.")
            continue
        predictor = LiteRTPredictor(file)
        sigma = 0 if predictor.takes_sigma else None
        wrapped = fit_predictor(predictor, channels=3, sigma=sigma)
        task = predictor.card.task or name
        row = {
            "name": name,
            "title": f"{task[0].upper()}{task[1:]} ({name})",
            "file": f"models/{name}.tflite",
            "channels": predictor.channels,
            "color": predictor.card.color or ("luma" if wrapped.scale > 1 else "channels"),
            "upscale": wrapped.scale,
            "multiple": wrapped.multiple,
            "halo": wrapped.halo,
            "takes_sigma": predictor.takes_sigma,
        }
        # What restores colours comes first, and of it what was trained on several degradations.
        order = -predictor.channels, predictor.card.degraded_by() != "Sequence", name
        rows.append((order, row))
        shutil.copyfile(file, folder / row["file"])
    text = json.dumps([row for _, row in sorted(rows)], indent=2, ensure_ascii=False) + "\n"
    (folder / "models.json").write_text(text, encoding="utf-8")


def has_one_size(content):
    """Whether the page can give a LiteRT file a size: no number in it depends on the picture's."""
    model = flatbuffer.read(content)
    tensors = [tensor for graph in model.subgraphs for tensor in graph.tensors]
    computed = [tensor for tensor in tensors if model.buffers[tensor.buffer].data is None]
    return all(
        list(tensor.shape) == [1, 1, 1, 1]
        if tensor.shapeSignature is None
        else list(tensor.shapeSignature[:3]) == [1, -1, -1]
        for tensor in computed
    )


def fill_in(folder):
    """Writes the headers, the list of files and the version, a hash of all, where they belong."""
    headers = (folder / "headers.json").read_text(encoding="utf-8").strip()
    # A browser takes this one from a header only.
    policy = json.loads(headers)["Content-Security-Policy"].replace("; frame-ancestors 'none'", "")
    replace(folder / "index.html", "{{policy}}", policy)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [str(path.relative_to(folder).as_posix()) for path in files]
    version = hashlib.sha256()
    for path, name in zip(files, names, strict=True):
        version.update(name.encode() + path.read_bytes())
    kept = [name for name in names if not name.startswith(("litert/wasm/", "models/"))]
    service_worker = folder / "service_worker.js"
    replace(service_worker, "{{version}}", version.hexdigest()[:16])
    replace(service_worker, "{{headers}}", headers)
    replace(service_worker, "{{files}}", json.dumps(["./", *kept], indent=2))


def replace(path, old, new):
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


if __name__ == "__main__":
    build(OUTPUT, shipped_models())
    print("The page is built: keras-restore serve shows it.")
