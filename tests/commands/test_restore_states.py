"""A folder is restored, killed, changed and resumed in any order: nothing half, twice or lost."""

import pathlib
import shutil
import tempfile

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from made_pictures import picture
from made_predictors import Blur
from PIL import Image

from keras_restore import complete_path, inference
from keras_restore.cli import main
from keras_restore.pictures import picture_writer

NAMES = ("a.png", "b.png", "more/c.png", "more/d.tif")


class Killed(BaseException):
    """The process is gone: nothing behind it runs, so no hidden folder is cleared up."""


class Dying(Blur):
    """Counts the pictures that it begins, and dies at a window."""

    def __init__(self):
        super().__init__()
        self.windows, self.dies_at = 0, None

    def restore(self, batch):
        self.windows += 1
        if self.windows == self.dies_at:
            complete_path.shutil = type("Nothing", (), {"rmtree": lambda *_, **__: None})
            raise Killed
        return super().restore(batch)


class Folder(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        (self.root / "in" / "more").mkdir(parents=True)
        self.contents, self.made, self.number = {}, {}, 0
        self.put(NAMES[0])
        self.killed = False

    def teardown(self):
        shutil.rmtree(self.root)

    @rule(name=st.sampled_from(NAMES))
    def put(self, name):
        """A picture comes, or another one under its name."""
        self.number += 1
        self.contents[name] = picture(12 + self.number % 5, 14, 3, seed=self.number)
        Image.fromarray(self.contents[name]).save(self.root / "in" / name)

    @rule(name=st.sampled_from(NAMES))
    def remove_result(self, name):
        (self.root / "out" / name).unlink(missing_ok=True)
        self.made.pop(name, None)

    @rule(dies_at=st.integers(1, 40))
    def run_and_die(self, dies_at):
        self.run(dies_at)

    @rule(overwrite=st.booleans())
    def run(self, dies_at=None, overwrite=False):
        model = Dying()
        model.dies_at = dies_at
        patch = pytest.MonkeyPatch()
        patch.setattr(inference, "open_predictor", lambda *_: model)
        # Rows are written as they come, also those of small pictures.
        patch.setattr(picture_writer, "STREAMED_PIXELS", 0)
        arguments = ["restore", "--model=any", "--tile=9", f"--output={self.root / 'out'}"]
        arguments += [f"--input={self.root / 'in'}"] + ["--overwrite"] * overwrite
        died = False
        try:
            assert main(arguments) == 0
        except Killed:
            died = True
        finally:
            patch.undo()
            complete_path.shutil = shutil
        wanted = [n for n in self.contents if overwrite or n not in self.made]
        there = {str(p.relative_to(self.root / "out")) for p in self.visible()}
        if died:
            # What got done before is kept, and only that is new.
            new = [n for n in wanted if n in there and self.is_result(n, self.contents[n])]
        else:
            assert there == set(self.contents) | set(self.made)
            new = wanted
            assert not self.hidden() or self.killed
            # Nothing is restored twice.
            assert (model.windows == 0) == (not wanted)
            self.killed = any(name not in wanted for name in self.hidden_names())
        self.killed = self.killed or died
        self.made |= {n: self.contents[n] for n in new}

    def visible(self):
        out = self.root / "out"
        files = [p for p in out.rglob("*") if p.is_file()] if out.exists() else []
        return [p for p in files if not any(x.startswith(".") for x in p.relative_to(out).parts)]

    def hidden(self):
        return [p for p in (self.root / "out").rglob(".*")]

    def hidden_names(self):
        return [p.name.removeprefix(".").removesuffix(".partial") for p in self.hidden()]

    def is_result(self, name, content):
        found = np.asarray(Image.open(self.root / "out" / name))
        return np.array_equal(found, inference.restore(content, Blur()))

    @invariant()
    def every_visible_result_is_whole(self):
        for path in self.visible() if hasattr(self, "root") else ():
            name = str(path.relative_to(self.root / "out"))
            assert self.is_result(name, self.made[name]), name


TestFolder = Folder.TestCase
TestFolder.settings = settings(
    max_examples=12, stateful_step_count=10, deadline=None, derandomize=True, database=None
)
