"""Files that are never half-written."""

import ast
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_restore.cli import main
from keras_restore.complete_path import complete_path
from keras_restore.inference.restore_one import restore_one

WRITES = ("savefig", "save", "save_weights")
# These write to the path that `PictureWriter` gives them.
WRITERS = ("png_writer.py", "tiff_writer.py")


def test_an_error_while_writing_leaves_nothing(tmp_path):
    (tmp_path / "card.json").write_text("old")
    with pytest.raises(RuntimeError):
        with complete_path(tmp_path / "card.json") as partial:
            partial.write_text("half")
            raise RuntimeError
    assert (tmp_path / "card.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["card.json"]


WRITER = """
import runpy, sys, time
with runpy.run_path(sys.argv[1])["complete_path"](sys.argv[2]) as partial:
    with open(partial, "wb") as file:
        file.write(b"half")
        file.flush()
        print("writing", flush=True)
        sys.stdin.readline()
"""


def writing(path):
    """Another process that has begun to write a file, and ends with its standard input."""
    module = sys.modules[complete_path.__module__].__file__
    command = [sys.executable, "-c", WRITER, module, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def test_a_killed_process_leaves_no_file_under_the_final_name(tmp_path):
    with writing(tmp_path / "model.tflite") as process:
        process.send_signal(signal.SIGKILL)
    assert os.listdir(tmp_path) == [".model.tflite.partial"]
    with complete_path(tmp_path / "model.tflite") as partial:
        partial.write_text("whole")
    assert os.listdir(tmp_path) == ["model.tflite"]


def test_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "model.tflite"
    with writing(path) as dead:
        dead.send_signal(signal.SIGKILL)
    with writing(path):
        with complete_path(path) as partial:
            partial.write_text("one")
            with complete_path(path) as other:
                other.write_text("two")
            assert path.read_text() == "two"
        assert path.read_text() == "one"
        # The dead one's is gone, the living one's is there.
        assert len(os.listdir(tmp_path / ".model.tflite.partial")) == 1
    assert path.read_text() == "half" and os.listdir(tmp_path) == ["model.tflite"]


def test_what_a_writer_left_that_was_killed_at_its_end(tmp_path):
    """The result is there, and nothing writes it again."""
    Image.fromarray(np.zeros((9, 14), np.uint8)).save(tmp_path / "a.png")
    left = [tmp_path / f".{name}.partial" / "x" for name in ("a.png", "model")]
    for folder in left:
        folder.mkdir(parents=True)
    assert restore_one(tmp_path / "a.png", tmp_path / "a.png", "any").status == "already there"
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "card.json").write_text("{}")
    arguments = [f"--source={tmp_path / 'a.mat'}", f"--output={tmp_path / 'model'}"]
    assert main(["import", *arguments]) == 2
    assert not list(tmp_path.rglob(".*"))


def test_a_folder_replaces_an_older_one(tmp_path):
    for text in ("old", "new"):
        with complete_path(tmp_path / "saved_model") as partial:
            partial.mkdir()
            (partial / text).write_text(text)
    assert os.listdir(tmp_path) == ["saved_model"]
    assert os.listdir(tmp_path / "saved_model") == ["new"]


def test_a_file_takes_no_folders_place(tmp_path):
    (tmp_path / "photo.png").mkdir()
    (tmp_path / "photo.png" / "kept").write_text("")
    with pytest.raises(OSError):
        with complete_path(tmp_path / "photo.png") as partial:
            partial.write_text("pixels")
    assert [path.name for path in tmp_path.rglob("*")] == ["photo.png", "kept"]


def writes(tree):
    """Yields the calls that write a file, each with the name of what it writes to."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in ("write_text", "write_bytes"):
            yield node, ast.unparse(node.func.value)
        elif name in WRITES and node.args and isinstance(node.func, ast.Attribute):
            yield node, ast.unparse(node.args[0])
        elif name == "open" and any(getattr(a, "value", None) in ("w", "wb") for a in node.args):
            yield node, ast.unparse(node.args[0] if len(node.args) > 1 else node.func.value)


def test_every_writer_writes_to_a_partial_path(repository):
    wrong = []
    for folder in ("keras_restore", "recipes", "savedmodels"):
        for path in sorted((repository / folder).rglob("*.py")):
            if path.name in WRITERS:
                continue
            wrong += [
                f"{path.relative_to(repository)}:{call.lineno} writes to {target}"
                for call, target in writes(ast.parse(path.read_text()))
                if "partial" not in target and target not in ("file", "io.BytesIO()")
            ]
    assert not wrong
